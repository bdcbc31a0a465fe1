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

  /**
   * The file deadline has seconds, or 0. The lock lets one ever begin. What is written at the end
   * has its place from the beginning, in case that the disk is full by then.
   *
   * <p>The script prints into a pipe. What reads it keeps the newest 32 to 64 MiB, and goes on
   * reading when the disk is full: a script is not to fail for what it prints. Its end is on record
   * once the pipe is empty, or half a second later, since a process that the script left behind may
   * hold it.
   */
  static final String SUPERVISE =
      FOLDER
          + """
          umask 077
          trap : TERM
          cd "$folder" && mkdir lock || exit 1
          printf '%10s\\n' '' > finished.new &&
            printf '%3s\\n' '' > exit.new &&
            cat /proc/sys/kernel/random/boot_id > boot &&
            date +%s > started &&
            echo $$ > pid &&
            mkfifo pipe || exit 1
          mkdir source && tar -xzf snapshot.tar.gz -C source && rm snapshot.tar.gz || exit 1
          cd source/azureml-run || exit 1
          xargs -0 -r -a ../../directories mkdir -p -- || exit 1
          (
            trap '' TERM
            cd "$folder" || exit 1
            while stdbuf -o0 head -c 33554432 > output && [ "$(stat -c %s output)" -eq 33554432 ]; do
              mv output output.1
            done
            cat > /dev/null
            rm pipe
          ) < ../../pipe &
          LIMIT=$(cat "$folder/deadline") xargs -0 -x -n 100000 -a ../../words sh -c '
            trap : TERM
            limit=$LIMIT
            unset LIMIT
            if [ "$limit" -gt 0 ]; then
              timeout -k 10 "$limit" env "$@" < /dev/null > ../../pipe 2>&1
            else
              env "$@" < /dev/null > ../../pipe 2>&1
            fi
            code=$?
            printf "%-10s\\n" "$(date +%s)" 1<> ../../finished.new && mv ../../finished.new ../../finished
            printf "%-3s\\n" "$code" 1<> ../../exit.new
            for try in 1 2 3 4 5; do
              [ -p ../../pipe ] || break
              sleep 0.1
            done
            mv ../../exit.new ../../exit
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
            [ -d lock ] && echo begun=yes
            pgrep -f "^sh $folder/supervise " > /dev/null && echo alive=yes
            if [ -s pid ]; then
              echo "pid=$(head -c 16 pid)"
              pgrep -s "$(head -c 16 pid)" > /dev/null && echo alive=yes
            fi
            for name in boot deadline started finished exit; do
              [ -f "$name" ] && echo "$name=$(head -c 64 "$name" | tr -d ' \\n')"
            done
            echo "free=$(df -Pk . | awk 'NR == 2 {print $4}')"
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

  /** Prints what the script printed, as much as is kept, at most $2 bytes. */
  static final String OUTPUT =
      FOLDER
          + """
          cd "$folder" 2>/dev/null || exit 0
          for name in output.1 output; do
            if [ -f "$name" ] && [ ! -L "$name" ]; then cat "$name"; fi
          done | head -c "$2"
          """;

  /** Prints the directories that are collected; each ends with a NUL. */
  static final String DIRECTORIES =
      FOLDER
          + """
          cd "$folder" 2>/dev/null || exit 0
          if [ -f directories ] && [ ! -L directories ]; then cat directories; fi
          """;

  /**
   * Prints a tar of $2, a path below the working directory, unless a link leads out of that. Links
   * are not followed, hard links are files of their own, and what cannot be read is left out.
   */
  static final String TAR =
      FOLDER
          + """
          root=$(cd -P "$folder/source/azureml-run" 2>/dev/null && pwd -P) || exit 0
          cd -P "$root/$(dirname "./$2")" 2>/dev/null || exit 0
          case "$(pwd -P)/" in
            "$root"/*) ;;
            *) exit 0 ;;
          esac
          name=./$(basename "./$2")
          if [ -e "$name" ] || [ -L "$name" ]; then
            tar --create --file=- --sort=name --hard-dereference --ignore-failed-read -- "$name"
            # 1: something changed while it was read.
            code=$?
            [ "$code" -le 1 ] || exit "$code"
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
