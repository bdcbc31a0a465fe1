/** How the operator stays in touch with the Kubernetes API server. */
@NullMarked
package dev.trainyard.operator.apiserver;

import org.jspecify.annotations.NullMarked;
