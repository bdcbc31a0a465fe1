/** Sources that come as archives: files at a URL, and the layers of images. */
@NullMarked
package dev.trainyard.builder.archive;

import org.jspecify.annotations.NullMarked;
