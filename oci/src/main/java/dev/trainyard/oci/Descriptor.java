package dev.trainyard.oci;

/** Names a blob or a manifest: what it is, which bytes and how many. */
public record Descriptor(String mediaType, Digest digest, long size) {}
