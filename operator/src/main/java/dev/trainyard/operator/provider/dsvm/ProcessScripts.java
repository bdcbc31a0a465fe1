package dev.trainyard.operator.provider.dsvm;

/**
 * The scripts for sh that {@link Processes} sends. They are the same for every run: names come as
 * {@code $1}, and the script's own words in a file.
 */
final class ProcessScripts {
  private ProcessScripts() {}

  private static final String FOLDER = "folder=$HOME/.trainyard/runs/$1\n";

  /** Makes the folder; prints {@code begun} where the supervisor has begun. */
  static final String PREPARE =
      FOLDER
          + """
          umask 077
          mkdir -p "$folder" || exit 1
          [ -d "$folder/lock" ] && echo begun
          exit 0
          """;

  /** Leaves the session, so that the supervisor outlives the connection. */
  static final String BEGIN =
      FOLDER
          + """
          setsid sh "$folder/supervise" "$1" < /dev/null > "$folder/trouble" 2>&1 &
          """;

  /** The file deadline has seconds, or 0. The lock lets one ever begin. */
  static final String SUPERVISE =
      FOLDER
          + """
          umask 077
          cd "$folder" && mkdir lock || exit 1
          cat /proc/sys/kernel/random/boot_id > boot
          date +%s > started
          echo $$ > pid
          mkdir source && tar -xzf snapshot.tar.gz -C source && rm snapshot.tar.gz || exit 1
          cd source/azureml-run || exit 1
          LIMIT=$(cat "$folder/deadline") xargs -0 -x -n 100000 -a ../../words sh -c '
            limit=$LIMIT
            unset LIMIT
            if [ "$limit" -gt 0 ]; then
              timeout -k 10 "$limit" env "$@" < /dev/null > ../../output 2>&1
            else
              env "$@" < /dev/null > ../../output 2>&1
            fi
            code=$?
            date +%s > ../../finished
            echo "$code" > ../../exit.new && mv ../../exit.new ../../exit
          ' sh
          """;

  /**
   * Prints name=value lines. Whether the supervisor is alive is looked at first: one that ends
   * meanwhile has its exit code on record by the time that files are read.
   */
  static final String OBSERVE =
      FOLDER
          + """
          if cd "$folder" 2>/dev/null; then
            echo folder=yes
            [ -f owner ] && echo "uid=$(head -c 36 owner)"
            if [ -s pid ]; then
              echo "pid=$(head -c 16 pid)"
              pgrep -s "$(head -c 16 pid)" > /dev/null && echo alive=yes
            fi
            for name in boot deadline started finished exit; do
              [ -f "$name" ] && echo "$name=$(head -c 64 "$name" | tr -d '\\n')"
            done
            [ -s trouble ] && echo "trouble=$(head -c 256 trouble | tr '\\n' ' ')"
          else
            echo folder=no
          fi
          echo end=yes
          """;

  /** Ends every process of the session, gently first. */
  static final String STOP =
      FOLDER
          + """
          if [ -s "$folder/pid" ] && [ "$(cat "$folder/boot")" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
            session=$(head -c 16 "$folder/pid")
            pkill -TERM -s "$session"
            for try in 1 2 3 4 5 6 7 8 9 10; do
              pgrep -s "$session" > /dev/null || break
              sleep 1
            done
            pkill -KILL -s "$session"
          fi
          """;

  static final String REMOVE = "rm -rf \"$folder\"\n";

  /** Prints a line for each attempt that has GPUs and is not over: its folder and their indices. */
  static final String GPUS =
      """
      cd "$HOME/.trainyard/runs" 2>/dev/null || exit 0
      for folder in *; do
        [ -f "$folder/gpus" ] && ! [ -f "$folder/exit" ] && echo "$folder $(head -c 256 "$folder/gpus")"
      done
      exit 0
      """;

  /** Prints a line a folder: its name, and what is in its owner file. */
  static final String LIST =
      """
      cd "$HOME/.trainyard/runs" 2>/dev/null || exit 0
      for folder in *; do
        [ -f "$folder/owner" ] && echo "$folder $(head -n 1 "$folder/owner" | head -c 1024)"
      done
      exit 0
      """;
}
