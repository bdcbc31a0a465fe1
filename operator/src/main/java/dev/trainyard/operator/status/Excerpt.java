package dev.trainyard.operator.status;

/**
 * A part of a text that is too long for where it goes. Never cuts a character in half: half a
 * surrogate pair is not text, and an API server refuses the whole status or event that holds it.
 */
public final class Excerpt {
  private Excerpt() {}

  /**
   * The beginning of a text.
   *
   * @param limit how many UTF-16 units at most
   */
  public static String head(String text, int limit) {
    if (text.length() <= limit) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit);
  }

  /**
   * The end of a text.
   *
   * @param limit how many UTF-16 units at most
   */
  public static String tail(String text, int limit) {
    int start = Math.max(0, text.length() - limit);
    return start < text.length() && start > 0 && Character.isLowSurrogate(text.charAt(start))
        ? text.substring(start + 1)
        : text.substring(start);
  }
}
