/** What the documents and examples say, held to what is there. */
@NullMarked
package dev.trainyard.docs;

import org.jspecify.annotations.NullMarked;
