package dev.trainyard.history;

/**
 * Where the symbolic links of a directory that is stored may lead: to something below the
 * directory, as far as names tell. A link that goes up again after a name is not kept either, since
 * the name may be a link itself, and up from there may be anywhere.
 */
final class Links {
  private Links() {}

  /**
   * The link as it is kept, or as it is left out.
   *
   * @param path of the link, below the directory
   * @param target as the link has it
   */
  static Entry entry(String path, String target) {
    if (target.isEmpty() || target.startsWith("/") || target.indexOf('\0') >= 0) {
      return leadsOut(path, target);
    }
    long depth = path.chars().filter(letter -> letter == '/').count();
    boolean named = false;
    for (String name : target.split("/")) {
      if (name.equals("..")) {
        depth--;
        if (depth < 0) {
          return leadsOut(path, target);
        }
        if (named) {
          return new Entry.Skipped(
              path, "is a link that may lead out of the directory, to " + target);
        }
      } else if (!name.isEmpty() && !name.equals(".")) {
        named = true;
        depth++;
      }
    }
    return new Entry.Link(path, target);
  }

  private static Entry leadsOut(String path, String target) {
    return new Entry.Skipped(path, "is a link that leads out of the directory, to " + target);
  }
}
