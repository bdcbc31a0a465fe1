/**
 * The custom resources of {@code trainyard.dev/v1alpha1}. These Java types are the source of the
 * CRDs: the YAML under {@code crds/yaml} is generated from them, and the build fails when it
 * drifts. Nothing here has behaviour beyond carrying data.
 */
@NullMarked
package dev.trainyard.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
