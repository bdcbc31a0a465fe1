/** What runs leave behind: directories and texts as OCI artifacts, and the metrics in them. */
@NullMarked
package dev.trainyard.history;

import org.jspecify.annotations.NullMarked;
