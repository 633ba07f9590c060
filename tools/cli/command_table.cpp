// SPDX-License-Identifier: Apache-2.0
#include "cli/command_table.hpp"

#include "cli/commands.hpp"
#include "common/byte_format.hpp"
#include "common/record_output.hpp"

namespace strata::tools {
namespace {

constexpr OptionSpec range[] = {
    {.name = "from", .takes = Takes::key, .metavar = "KEY", .help = "first key, inclusive"},
    {.name = "to", .takes = Takes::key, .metavar = "KEY", .help = "last key, exclusive"},
    {.name = "after",
     .takes = Takes::key,
     .metavar = "KEY",
     .help = "only keys behind this one, in the direction of the walk"},
    {.name = "prefix",
     .takes = Takes::key,
     .metavar = "KEY",
     .help = "only keys that begin with it"},
    {.name = "match",
     .takes = Takes::glob,
     .metavar = "GLOB",
     .help = "only keys that match: * any bytes, ? one character, [a-z] [!a-z] a set"},
    {.name = "reverse", .help = "from the greatest key down"},
    {.name = "limit", .takes = Takes::number, .metavar = "N", .help = "at most N records; 0: all"},
    {.name = "at",
     .takes = Takes::number,
     .metavar = "SEQ",
     .help = "the state right after this sequence"},
};

constexpr OptionSpec shared[] = {
    {.name = "format",
     .letter = 'f',
     .takes = Takes::choice,
     .metavar = "FORMAT",
     .help = "how results look: table (on a terminal), tsv (else), json, ndjson, raw",
     .choices = output_format_words},
    {.name = "json", .help = "ndjson for records, json for other results; errors as JSON too"},
    {.name = "key-format",
     .letter = 'K',
     .takes = Takes::choice,
     .metavar = "FORMAT",
     .help = "how keys are read and written",
     .choices = byte_format_words},
    {.name = "value-format",
     .letter = 'V',
     .takes = Takes::choice,
     .metavar = "FORMAT",
     .help = "how values are read and written",
     .choices = byte_format_words},
    {.name = "bytes",
     .takes = Takes::choice,
     .metavar = "FORM",
     .help = "JSON bytes: text where possible, or always {\"b64\":...}",
     .choices = "text|b64"},
    {.name = "bigint",
     .takes = Takes::choice,
     .metavar = "FORM",
     .help = "JSON sequences as numbers or as strings",
     .choices = "number|string"},
    {.name = "ascii", .help = "escape everything beyond ASCII"},
    {.name = "null", .help = "end records with NUL instead of a line end"},
    {.name = "sync",
     .takes = Takes::text,
     .metavar = "MODE",
     .help = "when a write is acknowledged: sync (default), interval:MS, none"},
    {.name = "async", .help = "the same as --sync none"},
    {.name = "dry-run", .help = "read and check everything, write nothing"},
    {.name = "yes", .letter = 'y', .help = "do not ask before deleting a range"},
    {.name = "color",
     .takes = Takes::choice,
     .metavar = "WHEN",
     .help = "colour in tables",
     .choices = "auto|always|never"},
    {.name = "pager",
     .takes = Takes::text,
     .metavar = "CMD",
     .help = "for output longer than the screen; never: none"},
    {.name = "timer", .help = "print the time of each command"},
    {.name = "quiet", .letter = 'q', .help = "no notes and no progress, errors only"},
    {.name = "verbose", .letter = 'v', .help = "say what opening the store did"},
};

constexpr OptionSpec program[] = {
    {.name = "command",
     .letter = 'c',
     .takes = Takes::text,
     .metavar = "'CMD; CMD'",
     .help = "run these commands; may be given again"},
    {.name = "file",
     .letter = 'F',
     .takes = Takes::file,
     .metavar = "FILE",
     .help = "run the commands of a file"},
    {.name = "check",
     .takes = Takes::file,
     .metavar = "TRANSCRIPT",
     .help = "run the commands of a transcript and compare what they print"},
    {.name = "read-only", .help = "open for reading, beside an owner"},
    {.name = "no-create", .help = "do not create a store that does not exist"},
    {.name = "wait-lock",
     .takes = Takes::duration,
     .metavar = "DUR",
     .help = "wait for another owner of the store (default 0)"},
    {.name = "token-file",
     .takes = Takes::file,
     .metavar = "FILE",
     .help = "the token for a server, else $STRATA_TOKEN"},
    {.name = "timeout",
     .takes = Takes::duration,
     .metavar = "DUR",
     .help = "stop after this time with status 124"},
    {.name = "bail",
     .takes = Takes::choice,
     .metavar = "WHEN",
     .help = "stop a script at the first failure (default on, off in the interactive shell)",
     .choices = "on|off"},
    {.name = "repeat", .takes = Takes::number, .metavar = "N", .help = "run the command N times"},
    {.name = "every",
     .takes = Takes::duration,
     .metavar = "DUR",
     .help = "pause between repetitions; without --repeat: for ever"},
    {.name = "no-init", .help = "do not read $XDG_CONFIG_HOME/strata/init"},
    {.name = "help", .letter = 'h', .help = "show help and exit; with --json as JSON"},
    {.name = "version", .help = "show the version and exit"},
};

constexpr ArgumentSpec get_arguments[] = {
    {.name = "KEY", .takes = Takes::key, .required = true, .repeated = true}};
constexpr OptionSpec get_options[] = {
    {.name = "at",
     .takes = Takes::number,
     .metavar = "SEQ",
     .help = "the value right after this sequence"},
    {.name = "meta", .help = "show sequences too"},
};

constexpr ArgumentSpec put_arguments[] = {
    {.name = "KEY", .takes = Takes::key, .required = true},
    {.name = "VALUE", .takes = Takes::value, .required = true}};
constexpr OptionSpec put_options[] = {
    {.name = "if-absent", .help = "only if the key is absent"},
    {.name = "if-seq",
     .takes = Takes::number,
     .metavar = "N",
     .help = "only if its newest version has this sequence"},
    {.name = "if-value",
     .takes = Takes::value,
     .metavar = "VALUE",
     .help = "only if it has this value"},
};

constexpr ArgumentSpec del_arguments[] = {{.name = "KEY", .takes = Takes::key, .repeated = true}};
constexpr OptionSpec del_options[] = {
    {.name = "prefix",
     .takes = Takes::key,
     .metavar = "KEY",
     .help = "all keys that begin with it"},
    {.name = "from", .takes = Takes::key, .metavar = "KEY", .help = "all keys from this one"},
    {.name = "to", .takes = Takes::key, .metavar = "KEY", .help = "all keys below this one"},
};

constexpr ArgumentSpec prefix_argument[] = {{.name = "PREFIX", .takes = Takes::key}};
constexpr OptionSpec scan_options[] = {{.name = "keys", .help = "keys only"},
                                       {.name = "meta", .help = "show sequences too"},
                                       {.name = "all-versions",
                                        .help = "every version still stored, the newest of a key "
                                                "first, deletions too"}};
constexpr OptionSpec history_options[] = {
    {.name = "values", .help = "show the values too"},
    {.name = "limit", .takes = Takes::number, .metavar = "N", .help = "at most N versions; 0: all"},
};
constexpr ArgumentSpec explain_arguments[] = {
    {.name = "get|scan|put", .takes = Takes::choice, .required = true, .choices = "get|scan|put"},
    {.name = "KEY or PREFIX", .takes = Takes::key},
    {.name = "VALUE", .takes = Takes::value},
};
constexpr OptionSpec explain_options[] = {
    {.name = "all-versions", .help = "of a scan: every version still stored"},
};
constexpr ArgumentSpec key_argument[] = {{.name = "KEY", .takes = Takes::key, .required = true}};
constexpr OptionSpec count_options[] = {
    {.name = "approx", .help = "an estimate from the tables' facts, without reading the range"}};

constexpr ArgumentSpec file_argument[] = {
    {.name = "FILE", .takes = Takes::file, .help = "default -: standard input"}};
constexpr OptionSpec import_options[] = {
    {.name = "from",
     .takes = Takes::text,
     .metavar = "leveldb:DIR",
     .help = "read a LevelDB database instead of a file"},
    {.name = "resume",
     .takes = Takes::number,
     .metavar = "OFFSET",
     .help = "begin at this byte (of a database: record), as printed when an import stopped"},
    {.name = "rejects",
     .takes = Takes::file,
     .metavar = "FILE",
     .help = "write lines that are not records, and damage, there, and go on"},
    {.name = "atomic", .help = "all records in one batch, or none"},
};
constexpr ArgumentSpec import_arguments[] = {
    {.name = "FILE", .takes = Takes::file, .help = "-: standard input"}};
constexpr OptionSpec export_options[] = {
    {.name = "output",
     .letter = 'o',
     .takes = Takes::file,
     .metavar = "FILE",
     .help = "write to a file, which appears when it is complete"},
    {.name = "meta", .help = "show sequences too"},
};

constexpr ArgumentSpec stats_arguments[] = {{.name = "NAME", .help = "print this number alone"}};
constexpr OptionSpec stats_options[] = {
    {.name = "every", .takes = Takes::duration, .metavar = "DUR", .help = "again and again"}};
constexpr OptionSpec runs_options[] = {{.name = "tables", .help = "each table of each run"}};
constexpr OptionSpec files_options[] = {
    {.name = "orphans", .help = "only files that no manifest names"}};
constexpr OptionSpec compact_options[] = {
    {.name = "estimate", .help = "say what would be read, and do nothing"}};
constexpr OptionSpec check_options[] = {
    {.name = "fast", .help = "structures and bounds only"},
    {.name = "full", .help = "every block (default)"},
    {.name = "strict", .help = "a torn tail of the log counts: status 5"}};
constexpr OptionSpec repair_options[] = {
    {.name = "out",
     .takes = Takes::file,
     .metavar = "DIR",
     .help = "directory of the new store, absent or empty"},
    {.name = "ledger",
     .takes = Takes::file,
     .metavar = "FILE",
     .help = "write there, as JSON lines, what is lost and which keys are suspect"},
};
constexpr OptionSpec du_options[] = {
    {.name = "depth",
     .takes = Takes::number,
     .metavar = "N",
     .help = "prefixes of N parts (default 1); 0: one sum"},
    {.name = "sep",
     .takes = Takes::text,
     .metavar = "CHARS",
     .help = "bytes that end a part of a key (default :/)"},
    {.name = "obsolete", .help = "only prefixes with bytes that a compaction could drop"},
};
constexpr ArgumentSpec diff_arguments[] = {
    {.name = "STORE", .takes = Takes::file, .required = true, .repeated = true}};
constexpr OptionSpec diff_options[] = {
    {.name = "summary", .help = "only count"},
    {.name = "patch", .help = "the records that, imported into A, make it equal to B"},
};
constexpr OptionSpec digest_options[] = {{.name = "by-prefix",
                                          .takes = Takes::number,
                                          .metavar = "N",
                                          .help = "a digest for each prefix of N bytes"}};
constexpr ArgumentSpec directory_argument[] = {
    {.name = "DIR", .takes = Takes::file, .required = true}};
constexpr OptionSpec restore_options[] = {
    {.name = "into",
     .takes = Takes::file,
     .metavar = "STORE",
     .help = "the new store, an absent or empty directory; required"},
};
constexpr ArgumentSpec completion_arguments[] = {
    {.name = "SHELL", .takes = Takes::choice, .required = true, .choices = "bash|zsh|fish"}};
constexpr ArgumentSpec topic_argument[] = {{.name = "TOPIC", .takes = Takes::command}};

constexpr ArgumentSpec store_argument[] = {
    {.name = "STORE", .takes = Takes::file, .required = true}};
constexpr ArgumentSpec format_argument[] = {
    {.name = "FORMAT", .takes = Takes::choice, .choices = output_format_words}};
constexpr ArgumentSpec on_argument[] = {
    {.name = "on|off", .takes = Takes::choice, .choices = "on|off"}};
constexpr ArgumentSpec number_argument[] = {{.name = "N", .takes = Takes::number}};
constexpr ArgumentSpec destination_argument[] = {{.name = "FILE or |CMD", .takes = Takes::file}};
constexpr ArgumentSpec read_argument[] = {{.name = "FILE", .takes = Takes::file, .required = true}};
constexpr ArgumentSpec pager_argument[] = {{.name = "CMD|never"}};
constexpr ArgumentSpec color_argument[] = {
    {.name = "WHEN", .takes = Takes::choice, .choices = "auto|always|never"}};
constexpr ArgumentSpec set_arguments[] = {{.name = "OPTION"}, {.name = "VALUE"}};
constexpr ArgumentSpec every_argument[] = {{.name = "DUR CMD", .required = true}};
constexpr ArgumentSpec command_argument[] = {{.name = "CMD"}};
constexpr ArgumentSpec code_argument[] = {{.name = "CODE", .takes = Takes::number}};

constexpr CommandSpec table[] = {
    {.name = "get",
     .summary = "print the value of keys",
     .details = "One key to a pipe or file writes exactly the bytes of its value; several keys, or "
                "a chosen format, write records. Absent keys are named on standard error, and the "
                "status is 1.",
     .arguments = get_arguments,
     .options = get_options,
     .access = Access::read,
     .run = run_get},
    {.name = "put",
     .alias = "set",
     .summary = "store a value under a key",
     .details = "VALUE may be @FILE, or - for standard input. A condition that does not hold is a "
                "conflict: status 6, nothing written.",
     .arguments = put_arguments,
     .options = put_options,
     .access = Access::write,
     .run = run_put},
    {.name = "del",
     .alias = "delete",
     .summary = "delete keys or a range of keys",
     .details = "A range shows how many keys it has, and is deleted after confirmation on a "
                "terminal or with --yes.",
     .arguments = del_arguments,
     .options = del_options,
     .access = Access::write,
     .run = run_del},
    {.name = "scan",
     .summary = "print records in the order of their keys",
     .arguments = prefix_argument,
     .options = scan_options,
     .access = Access::read,
     .takes_range = true,
     .run = run_scan},
    {.name = "count",
     .summary = "count the keys of a range",
     .arguments = prefix_argument,
     .options = count_options,
     .access = Access::read,
     .takes_range = true,
     .run = run_count},
    {.name = "history",
     .summary = "list every version of a key that is still stored",
     .details = "Newest first, with the layer and the file that hold it. Versions that were "
                "replaced go when the store flushes and merges; a note says up to which sequence "
                "that may have happened. --at reads what is still there.",
     .arguments = key_argument,
     .options = history_options,
     .access = Access::read,
     .run = run_versions},
    {.name = "explain",
     .summary = "say what a read meets on its way, or what a put would do",
     .details = "explain get KEY, explain scan [PREFIX] with the options of a range, explain put "
                "KEY VALUE. A read is carried out, and each layer tells in the order of asking: "
                "memtables, then runs, with range, filter, block and time. A put is not carried "
                "out; in the interactive shell it also tells of queue, pacing and log.",
     .arguments = explain_arguments,
     .options = explain_options,
     .access = Access::read,
     .takes_range = true,
     .run = run_explain},
    {.name = "batch",
     .summary = "write records from a file or standard input as one batch",
     .details =
         "Lines are record objects, {\"key\":..,\"value\":..} or "
         "{\"key\":..,\"type\":\"del\"}, and conditions, {\"if\":{\"key\":..,\"absent\":true}} "
         "with \"seq\":N or \"value\":.. in place of \"absent\". All or nothing.",
     .arguments = file_argument,
     .access = Access::write,
     .run = run_batch},
    {.name = "begin",
     .summary = "start a transaction: writes are gathered until commit",
     .details = "Reads go on to see what is committed.",
     .access = Access::write,
     .where = Where::script,
     .run = run_begin},
    {.name = "commit",
     .summary = "write what was gathered since begin, all or nothing",
     .access = Access::write,
     .where = Where::script,
     .run = run_commit},
    {.name = "rollback",
     .summary = "forget what was gathered since begin",
     .where = Where::script,
     .run = run_rollback},
    {.name = "import",
     .summary = "write records from a file, chunk by chunk",
     .details = "NDJSON record objects, or TSV: key TAB value in text form; -f ndjson or tsv says "
                "which, else the first line does. --from leveldb:DIR reads the newest version of "
                "each key of a LevelDB database, which it neither locks nor changes. When a line "
                "is not a record, or a database is damaged, import stops and prints the command "
                "that continues.",
     .arguments = import_arguments,
     .options = import_options,
     .access = Access::write,
     .run = run_import},
    {.name = "export",
     .summary = "print all records as NDJSON, for import",
     .arguments = prefix_argument,
     .options = export_options,
     .access = Access::read,
     .takes_range = true,
     .run = run_export},
    {.name = "stats",
     .summary = "print facts about the store",
     .arguments = stats_arguments,
     .options = stats_options,
     .access = Access::read,
     .run = run_stats},
    {.name = "runs",
     .summary = "list the runs of tables, newest first",
     .options = runs_options,
     .access = Access::read,
     .run = run_runs},
    {.name = "files",
     .summary = "list the files of the store with their roles",
     .options = files_options,
     .access = Access::read,
     .run = run_files},
    {.name = "du",
     .summary = "sum up the bytes under each prefix: live, overwritten, deletions",
     .details = "A key counts for its first N parts; one with fewer parts for those it has. Sizes "
                "are those of keys and values, before compression.",
     .arguments = prefix_argument,
     .options = du_options,
     .access = Access::read,
     .takes_range = true,
     .run = run_du},
    {.name = "diff",
     .summary = "compare the records of two stores",
     .details = "\"strata-cli A diff B\" or \"strata-cli diff A B\". Lines with - are in A, lines "
                "with + in B; sequences are not compared. Status 1 when the stores differ.",
     .arguments = diff_arguments,
     .options = diff_options,
     .takes_range = true,
     .run = run_diff},
    {.name = "digest",
     .summary = "print one hash of all records",
     .details = "Equal records give equal digests, however the store came to them: XXH3-128 over "
                "key length (u32), key, value length (u32), value of each record in key order.",
     .arguments = prefix_argument,
     .options = digest_options,
     .access = Access::read,
     .takes_range = true,
     .run = run_digest},
    {.name = "flush",
     .summary = "write the memtables to tables",
     .access = Access::write,
     .run = run_flush},
    {.name = "compact",
     .summary = "merge all tables into one run",
     .options = compact_options,
     .access = Access::write,
     .run = run_compact},
    {.name = "check",
     .summary = "verify everything on disk",
     .details = "Status 5 when something is wrong, with file and offset of each finding.",
     .options = check_options,
     .access = Access::check,
     .run = run_check},
    {.name = "repair",
     .summary = "put what can be read of a damaged store into a new one",
     .details = "The damaged store is not changed. What could not be read is listed with the keys "
                "and sequences it may have held; the last line is the verdict. Status 0 when it is "
                "complete, 9 when records are lost. With --dry-run nothing is written but the "
                "ledger.",
     .options = repair_options,
     .access = Access::files,
     .run = run_repair},
    {.name = "checkpoint",
     .summary = "make a second store of the present state, beside writers",
     .details = "DIR must not exist. It holds everything written before; tables are shared by hard "
                "links where that is possible, the log is copied. It opens as a store.",
     .arguments = directory_argument,
     .access = Access::read,
     .run = run_checkpoint},
    {.name = "restore",
     .summary = "copy a checkpoint into a new store, and verify it",
     .details = "DIR may be any store. Nothing is shared with it; every byte of the copy is "
                "verified before the new store appears. Damage: status 5, and no copy.",
     .arguments = directory_argument,
     .options = restore_options,
     .run = run_restore},
    {.name = "completion",
     .summary = "print a completion script for a shell",
     .arguments = completion_arguments,
     .run = run_completion},
    {.name = "help",
     .alias = ".help",
     .summary = "explain a command or topic",
     .details = "Topics: bytes, formats, exit-codes, ranges, errors.",
     .arguments = topic_argument,
     .run = run_help},

    {.name = ".open",
     .summary = "use another store",
     .arguments = store_argument,
     .where = Where::shell,
     .run = run_open},
    {.name = ".mode",
     .summary = "how results look",
     .arguments = format_argument,
     .where = Where::shell,
     .run = run_mode},
    {.name = ".timer",
     .summary = "print the time of each command",
     .arguments = on_argument,
     .where = Where::shell,
     .run = run_timer},
    {.name = ".limit",
     .summary = "records of a scan that names no limit; 0: all",
     .arguments = number_argument,
     .where = Where::shell,
     .run = run_limit},
    {.name = ".once",
     .summary = "send the output of the next command to a file or command",
     .arguments = destination_argument,
     .where = Where::shell,
     .run = run_once},
    {.name = ".output",
     .summary = "send all output to a file or command, or back",
     .arguments = destination_argument,
     .where = Where::shell,
     .run = run_output},
    {.name = ".read",
     .summary = "run the commands of a file",
     .arguments = read_argument,
     .where = Where::shell,
     .run = run_read},
    {.name = ".bail",
     .summary = "stop scripts at the first failure",
     .arguments = on_argument,
     .where = Where::shell,
     .run = run_bail},
    {.name = ".pager",
     .summary = "the pager for long output",
     .arguments = pager_argument,
     .where = Where::shell,
     .run = run_pager},
    {.name = ".color",
     .summary = "colour in tables",
     .arguments = color_argument,
     .where = Where::shell,
     .run = run_color},
    {.name = ".history",
     .summary = "list the last lines",
     .arguments = number_argument,
     .where = Where::shell,
     .run = run_history},
    {.name = ".set",
     .summary = "set a shared option, or list them",
     .arguments = set_arguments,
     .where = Where::shell,
     .run = run_set},
    {.name = ".show",
     .summary = "show the settings and the store",
     .where = Where::shell,
     .run = run_show},
    {.name = ".every",
     .summary = "run a command again and again until Ctrl-C",
     .arguments = every_argument,
     .where = Where::shell,
     .run = run_every},
    {.name = ".!",
     .summary = "run a shell command",
     .arguments = command_argument,
     .where = Where::shell,
     .run = run_shell},
    {.name = ".quit",
     .alias = ".exit",
     .summary = "leave",
     .arguments = code_argument,
     .where = Where::shell,
     .run = run_quit},
};

}  // namespace

std::span<const CommandSpec> commands() noexcept { return table; }
std::span<const OptionSpec> range_options() noexcept { return range; }
std::span<const OptionSpec> shared_options() noexcept { return shared; }
std::span<const OptionSpec> program_options() noexcept { return program; }

}  // namespace strata::tools
