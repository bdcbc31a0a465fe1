package dev.trainyard.operator.provider.dsvm;

/**
 * The scripts for sh by which {@link UnpackedEnvironments} keeps conda environments on a machine,
 * each at the prefix that it was made for. In {@code .trainyard} of a prefix are the digest of what
 * was unpacked, its size in MiB, and for each attempt that uses it a link to the attempt's folder:
 * a link that leads nowhere is a use that is over. The digest's time is the last use.
 */
final class EnvironmentScripts {
  private EnvironmentScripts() {}

  private static final String ROOT =
      """
      umask 022
      root=/azureml-envs
      me=$(id -u)
      used() {
        for mark in "$1"/.trainyard/uses/*; do
          [ -d "$mark/" ] && return 0
        done
        return 1
      }
      discard() {
        for old in "$root/.old-$me"-*; do
          [ -d "$old" ] && chmod -R u+w "$old" && rm -rf "$old"
        done
      }
      """;

  /**
   * Marks a prefix as used. Words: attempt, name of the prefix, digest. Prints there, missing,
   * busy, in-use (by runs of another digest), foreign, or unwritable with the owner.
   */
  static final String CLAIM =
      ROOT
          + """
          [ -d "$root" ] || mkdir "$root" 2> /dev/null \\
            || sudo -n install -d -o "$me" -g "$(id -g)" "$root" 2> /dev/null
          if ! [ -d "$root" ] || ! [ -w "$root" ]; then
            echo "unwritable $(stat -c %U "$root" 2> /dev/null)"
            exit 0
          fi
          exec 9>> "$root/.lock-$me" || exit 1
          flock -w 10 9 || { echo busy; exit 0; }
          prefix=$root/$2
          if ! [ -e "$prefix" ]; then
            echo missing
          elif ! [ -O "$prefix" ] || ! [ -f "$prefix/.trainyard/digest" ]; then
            echo foreign
          elif [ "$(head -c 64 "$prefix/.trainyard/digest")" = "$3" ]; then
            touch "$prefix/.trainyard/digest"
            for mark in "$prefix"/.trainyard/uses/*; do
              [ -d "$mark/" ] || rm -f "$mark"
            done
            ln -sfn "$HOME/.trainyard/runs/$1" "$prefix/.trainyard/uses/$1" && echo there
          elif used "$prefix"; then
            echo in-use
          else
            mv "$prefix" "$root/.old-$me-$1" && echo missing
          fi
          flock -u 9
          discard > /dev/null 2>&1
          exit 0
          """;

  /**
   * Unpacks layers, which come one behind the other, beside the prefix's place and renames what
   * they have, unless a digest is not what it should be. The path at which the environment was
   * installed is replaced in its files by the prefix's, which is as long. Words: those of {@link
   * #CLAIM}, the path at which it was installed, and for each layer its digest and its size. Exit
   * code 3: another unpacking is under way; 4: other content; 5: what tar says is printed.
   */
  static final String UNPACK =
      ROOT
          + """
          exec 8>> "$root/.unpacking-$me" || exit 1
          flock -n 8 || exit 3
          new=$root/.new-$me
          chmod -R u+w "$new" 2> /dev/null
          rm -rf "$new"
          mkdir -p "$new/tree" && mkfifo "$new/pipe" || exit 1
          fail() {
            chmod -R u+w "$new"
            rm -rf "$new"
            exit "$1"
          }
          attempt=$1
          name=$2
          identity=$3
          installed=$4
          shift 4
          while [ $# -ge 2 ]; do
            sha256sum < "$new/pipe" > "$new/sum" &
            said=$(head -c "$2" | tee "$new/pipe" | gzip -dc 2> /dev/null \\
              | { tar -x --no-same-owner -C "$new/tree" -f - 2>&1; echo "status=$?"; } | tail -n 3)
            wait
            case $said in
              *status=0) ;;
              *) printf '%s' "$said" | head -c 1000; fail 5 ;;
            esac
            [ "$(head -c 64 "$new/sum")" = "$1" ] || fail 4
            shift 2
          done
          prefix=$root/$name
          tree=$new/tree$prefix
          if [ -d "$new/tree$installed" ]; then
            rm -f "$tree" && mv -T "$new/tree$installed" "$tree" || fail 5
            grep -rlaFZ -e "$installed" "$tree" | LC_ALL=C xargs -0 -r sed -i "s,$installed,$prefix,g" \\
              || fail 5
            find "$tree" -type l -lname "$installed*" -exec sh -c '
                installed=$1
                prefix=$2
                shift 2
                for link; do
                  to=$(readlink "$link") && ln -sfn "$prefix${to#"$installed"}" "$link" || exit 1
                done' sh "$installed" "$prefix" {} + || fail 5
          fi
          [ -d "$tree" ] || fail 4
          size=$(du -sm "$tree" | cut -f 1)
          chmod -R a-w "$tree" && chmod u+w "$tree" && mkdir -p "$tree/.trainyard/uses" \\
            && echo "$size" > "$tree/.trainyard/size" \\
            && printf '%s' "$identity" > "$tree/.trainyard/digest" \\
            && ln -sfn "$HOME/.trainyard/runs/$attempt" "$tree/.trainyard/uses/$attempt" || fail 5
          exec 9>> "$root/.lock-$me" && flock -w 60 9 || fail 3
          [ -e "$prefix" ] && fail 3
          mv -T "$tree" "$prefix" || fail 5
          rm -rf "$new"
          """;

  /** Removes environments that nothing uses, the one used longest ago first. Word: MiB to keep. */
  static final String TRIM =
      ROOT
          + """
          [ -d "$root" ] && [ -w "$root" ] || exit 0
          exec 9>> "$root/.lock-$me" && flock -w 10 9 || exit 0
          total=0
          idle=
          for digest in $(ls -1t "$root"/azureml_*/.trainyard/digest 2> /dev/null); do
            prefix=${digest%/.trainyard/digest}
            [ -O "$prefix" ] || continue
            if used "$prefix"; then
              total=$((total + $(head -c 9 "$prefix/.trainyard/size")))
            else
              idle="$idle $prefix"
            fi
          done
          for prefix in $idle; do
            total=$((total + $(head -c 9 "$prefix/.trainyard/size")))
            if [ "$total" -gt "$1" ]; then
              total=$((total - $(head -c 9 "$prefix/.trainyard/size")))
              mv "$prefix" "$root/.old-$me-${prefix##*/}" && echo "${prefix##*/}"
            fi
          done
          flock -u 9
          discard > /dev/null 2>&1
          exit 0
          """;
}
