// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

/// What the commands do: one function each, named after it. Each returns an exit status or an
/// error, which its caller prints.
namespace strata::tools {

class Session;
class Invocation;

// data_commands.cpp
Result<int> run_get(Session& session, const Invocation& invocation);
Result<int> run_put(Session& session, const Invocation& invocation);
Result<int> run_del(Session& session, const Invocation& invocation);

// scan_commands.cpp
Result<int> run_scan(Session& session, const Invocation& invocation);
Result<int> run_count(Session& session, const Invocation& invocation);
Result<int> run_export(Session& session, const Invocation& invocation);

// version_commands.cpp
Result<int> run_versions(Session& session, const Invocation& invocation);

// checkpoint_commands.cpp
Result<int> run_checkpoint(Session& session, const Invocation& invocation);
Result<int> run_restore(Session& session, const Invocation& invocation);

// explain_command.cpp
Result<int> run_explain(Session& session, const Invocation& invocation);

// batch_commands.cpp
Result<int> run_batch(Session& session, const Invocation& invocation);
Result<int> run_begin(Session& session, const Invocation& invocation);
Result<int> run_commit(Session& session, const Invocation& invocation);
Result<int> run_rollback(Session& session, const Invocation& invocation);

// import_command.cpp
Result<int> run_import(Session& session, const Invocation& invocation);
// import_database.cpp; a part of import
Result<int> run_import_database(Session& session, const Invocation& invocation);

// store_commands.cpp
Result<int> run_stats(Session& session, const Invocation& invocation);
Result<int> run_runs(Session& session, const Invocation& invocation);
Result<int> run_files(Session& session, const Invocation& invocation);
Result<int> run_flush(Session& session, const Invocation& invocation);
Result<int> run_compact(Session& session, const Invocation& invocation);
Result<int> run_check(Session& session, const Invocation& invocation);
Result<int> run_repair(Session& session, const Invocation& invocation);

// compare_commands.cpp
Result<int> run_diff(Session& session, const Invocation& invocation);
Result<int> run_digest(Session& session, const Invocation& invocation);
// usage_command.cpp
Result<int> run_du(Session& session, const Invocation& invocation);

// help.cpp
Result<int> run_help(Session& session, const Invocation& invocation);
// completion.cpp
Result<int> run_completion(Session& session, const Invocation& invocation);

// shell_commands.cpp
Result<int> run_open(Session& session, const Invocation& invocation);
Result<int> run_mode(Session& session, const Invocation& invocation);
Result<int> run_timer(Session& session, const Invocation& invocation);
Result<int> run_limit(Session& session, const Invocation& invocation);
Result<int> run_once(Session& session, const Invocation& invocation);
Result<int> run_output(Session& session, const Invocation& invocation);
Result<int> run_read(Session& session, const Invocation& invocation);
Result<int> run_bail(Session& session, const Invocation& invocation);
Result<int> run_pager(Session& session, const Invocation& invocation);
Result<int> run_color(Session& session, const Invocation& invocation);
Result<int> run_history(Session& session, const Invocation& invocation);
Result<int> run_set(Session& session, const Invocation& invocation);
Result<int> run_show(Session& session, const Invocation& invocation);
Result<int> run_every(Session& session, const Invocation& invocation);
Result<int> run_shell(Session& session, const Invocation& invocation);
Result<int> run_quit(Session& session, const Invocation& invocation);

}  // namespace strata::tools
