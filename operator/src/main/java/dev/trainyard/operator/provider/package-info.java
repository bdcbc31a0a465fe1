/** What a kind of compute offers to runs; one package below a kind. */
@NullMarked
package dev.trainyard.operator.provider;

import org.jspecify.annotations.NullMarked;
