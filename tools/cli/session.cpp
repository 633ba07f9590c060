// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include "cli/invocation.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/units.hpp"
#include "http/http_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace strata::tools {

class Session::Target {
  public:
    explicit Target(std::unique_ptr<ChildPipe> child)
        : child_{std::move(child)}, output_{child_->descriptor()} {}
    Target(int descriptor, std::string name)
        : descriptor_{descriptor}, name_{std::move(name)}, output_{descriptor} {}
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    ~Target() { static_cast<void>(finish()); }

    [[nodiscard]] Output& output() noexcept { return output_; }

    Status finish() {
        output_.flush();
        if (child_) {
            child_->finish();
            return {};
        }
        if (descriptor_ < 0) {
            return {};
        }
        const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
        if (output_.failed() || !closed) {
            errno = output_.failed() ? output_.failure() : errno;
            return system_error(name_, "write");
        }
        return {};
    }

  private:
    std::unique_ptr<ChildPipe> child_;
    int descriptor_ = -1;
    std::string name_;
    Output output_;
};

Session::Session(SessionOptions options, Output& output, Diagnostics& diagnostics)
    : options_{std::move(options)}, output_{&output}, diagnostics_{diagnostics} {}

Session::~Session() = default;

std::string directory_of(const std::string& store_name) {
    constexpr std::string_view engine = "lsm:";
    if (store_name.starts_with(engine)) {
        return store_name.substr(engine.size());
    }
    const std::size_t colon = store_name.find(':');
    const bool named = colon != std::string::npos && store_name.find('/') > colon;
    return named ? std::string{} : store_name;
}

Redirection parse_destination(const std::string& destination) {
    if (destination.starts_with('|')) {
        const std::size_t begin = destination.find_first_not_of(" \t", 1);
        return {Redirection::Kind::pipe,
                begin == std::string::npos ? std::string{} : destination.substr(begin)};
    }
    if (destination.starts_with(">>")) {
        return {Redirection::Kind::append, destination.substr(destination.find_first_not_of("> "))};
    }
    return {Redirection::Kind::file, destination};
}

Status Session::open_store(Access access, bool may_create) {
    if (access == Access::none || access == Access::files || store_) {
        return {};
    }
    if (access == Access::check && options_.mode == Mode::one_shot &&
        !directory_of(options_.store_name).empty()) {
        return {};
    }
    if (is_remote(options_.store_name)) {
        return open_remote();
    }
    const std::string directory = directory_of(options_.store_name);
    const bool only_reads = options_.mode == Mode::one_shot && access != Access::write;
    Options options;
    options.read_only = options_.read_only || (only_reads && !directory.empty());
    options.create = may_create && !options.read_only && !options_.no_create &&
                     (access == Access::write || options_.mode == Mode::interactive);
    options.wait_lock = options_.wait_lock;
    auto opened = open(options_.store_name, options);
    if (!opened) {
        Error error = opened.take_error();
        std::error_code ignored;
        if (error.code == ErrorCode::not_found && !options.create &&
            !std::filesystem::exists(directory, ignored)) {
            error.message =
                fmt::format("no store at {}; \"strata-cli {} put KEY VALUE\" creates one",
                            directory, directory);
        }
        return error;
    }
    store_ = std::move(*opened);
    report_opening();
    return {};
}

Status Session::open_remote() {
    std::string token = STRATA_TRY(read_token(options_.token_file));
    auto opened =
        STRATA_TRY(open_http_store(options_.store_name, std::move(token), options_.read_only));
    // A single command meets what is wrong with the server by itself.
    if (options_.mode != Mode::one_shot) {
        STRATA_TRY(opened->stats());
    }
    store_ = std::move(opened);
    return {};
}

Result<std::unique_ptr<Store>> Session::open_other(const std::string& name) const {
    if (!is_remote(name)) {
        return open(name, {.create = false, .read_only = !directory_of(name).empty()});
    }
    std::string token = STRATA_TRY(read_token(options_.token_file));
    auto opened = STRATA_TRY(open_http_store(name, std::move(token), true));
    return std::unique_ptr<Store>{std::move(opened)};
}

void Session::report_opening() {
    const OpenReport& report = store_->open_report();
    if (report.created && !directory_of(options_.store_name).empty()) {
        diagnostics_.note(fmt::format("created a new store at {}", directory_of(store_name())));
    }
    if (report.torn_tail) {
        diagnostics_.note(
            fmt::format("{}: at {}: dropped {} bytes of an unfinished write at the end of the log",
                        report.torn_file, report.torn_offset, report.torn_bytes));
    }
    if (options_.settings.verbose) {
        diagnostics_.note(fmt::format(
            "opened {} in {}: {} operations replayed from {} segments, {} files removed",
            store_name(),
            duration_text(
                std::chrono::microseconds{static_cast<std::int64_t>(report.microseconds)}),
            report.operations_replayed, report.segments_read, report.files_removed));
    }
}

Status Session::change_store(std::string name) {
    if (store_) {
        STRATA_TRY(store_->close());
        store_.reset();
    }
    transaction_.reset();
    options_.store_name = std::move(name);
    return open_store(options_.read_only ? Access::read : Access::write);
}

int Session::close() {
    int status = exit_done;
    if (transaction_ && options_.mode != Mode::interactive && !transaction_->empty()) {
        status = diagnostics_.error(usage_error("begin without commit: {} not written",
                                                count_of(transaction_->operations(), "operation")));
    }
    transaction_.reset();
    target_.reset();
    if (store_) {
        const InterruptEndsProgram guard;
        auto closed = store_->close();
        store_.reset();
        if (!closed) {
            return diagnostics_.error(closed.error());
        }
    }
    return status;
}

Result<Sequence> Session::write(const Settings& settings, const Batch& batch) {
    if (settings.dry_run) {
        return Sequence{0};
    }
    return store_->write(batch, WriteOptions{.sync = settings.sync});
}

Status Session::redirect(const std::string& destination, bool once) {
    if (once) {
        once_ = parse_destination(destination);
        return {};
    }
    target_.reset();
    destination_.clear();
    if (!destination.empty() && destination != "stdout") {
        target_ = STRATA_TRY(open_target(parse_destination(destination)));
        destination_ = destination;
    }
    return {};
}

Result<std::unique_ptr<Session::Target>> Session::open_target(
    const Redirection& redirection) const {
    if (redirection.kind == Redirection::Kind::pipe) {
        auto child = STRATA_TRY(ChildPipe::start(redirection.target));
        return std::make_unique<Target>(std::move(child));
    }
    const int extra = redirection.kind == Redirection::Kind::append ? O_APPEND : O_TRUNC;
    constexpr mode_t permissions = 0666;
    const int descriptor =
        ::open(redirection.target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | extra, permissions);
    if (descriptor < 0) {
        return system_error(redirection.target, "open");
    }
    return std::make_unique<Target>(descriptor, redirection.target);
}

int Session::execute(const CommandText& command, const std::string& place) {
    const auto start = std::chrono::steady_clock::now();
    const bool json = diagnostics_.json();
    const bool quiet = diagnostics_.quiet();
    auto result = run(command);
    output_->flush();
    int status = result ? *result : exit_done;
    if (!result) {
        status = diagnostics_.error(result.error(), place);
        // A request that Ctrl-C ended is an error; why it ended is what counts.
        status = is_remote(options_.store_name) && interrupted() ? interrupt_status() : status;
    } else if (interrupted()) {
        status = interrupt_status();
    }
    if (!after_.empty()) {
        diagnostics_.output().write(after_ + "\n");
        diagnostics_.output().flush();
        after_.clear();
    }
    diagnostics_.set_json(json);
    diagnostics_.set_quiet(quiet);
    if (options_.settings.timer) {
        const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - start);
        diagnostics_.output().write(fmt::format("time: {}\n", duration_text(spent)));
        diagnostics_.output().flush();
    }
    return status;
}

int Session::execute_all(const std::vector<CommandText>& commands, const std::string& place) {
    int first = exit_done;
    for (const CommandText& command : commands) {
        const int status = execute(command, place);
        if (first <= exit_negative && status != exit_done) {
            first = status;
        }
        const bool failed = status > exit_negative;
        if (quit_ || interrupted() || (failed && options_.bail)) {
            break;
        }
    }
    return first;
}

Result<int> Session::run(const CommandText& command) {
    const std::string& name = command.words.front().text;
    const CommandSpec* spec = find_command(name);
    if (spec == nullptr) {
        return unknown_command(name);
    }
    if (spec->where != Where::anywhere && options_.mode == Mode::one_shot) {
        return usage_error("{}: works in a script or the interactive shell only: -c '{}; ...'",
                           spec->name, spec->name);
    }
    const std::vector<Word> words(command.words.begin() + 1, command.words.end());
    const Invocation invocation = STRATA_TRY(Invocation::parse(*spec, words, options_.settings));
    diagnostics_.set_json(invocation.settings().json_words);
    diagnostics_.set_quiet(invocation.settings().quiet);
    STRATA_TRY(open_store(spec->access, !invocation.settings().dry_run));
    auto result = run_with_output(*spec, invocation, command.redirection);
    if (invocation.settings().timer && !options_.settings.timer) {
        options_.settings.timer = options_.mode == Mode::one_shot;
    }
    return result;
}

Result<int> Session::run_with_output(const CommandSpec& spec, const Invocation& invocation,
                                     const Redirection& redirection) {
    Redirection chosen = redirection;
    const bool once = once_ && spec.where != Where::shell;
    if (chosen.kind == Redirection::Kind::none && once) {
        chosen = *once_;
    }
    if (once) {
        once_.reset();
    }
    if (chosen.kind == Redirection::Kind::none && !target_) {
        return run_paged(spec, invocation);
    }
    std::unique_ptr<Target> own;
    if (chosen.kind != Redirection::Kind::none) {
        own = STRATA_TRY(open_target(chosen));
    }
    // The command may be .output, which replaces what it writes to.
    const std::shared_ptr<Target> held = target_;
    Output* before = std::exchange(output_, own ? &own->output() : &held->output());
    auto result = spec.run(*this, invocation);
    output_->flush();
    output_ = before;
    if (own) {
        STRATA_TRY(own->finish());
    }
    return result;
}

Result<int> Session::run_paged(const CommandSpec& spec, const Invocation& invocation) {
    const bool pages = spec.where != Where::shell && is_terminal(output_->descriptor()) &&
                       is_terminal(STDIN_FILENO);
    const std::string pager = pages ? pager_command(invocation.settings().pager) : std::string{};
    if (pager.empty()) {
        return spec.run(*this, invocation);
    }
    const int terminal = output_->descriptor();
    const TerminalSize size = terminal_size(terminal);
    std::unique_ptr<ChildPipe> child;
    output_->hold(size.rows, size.columns, [&child, &pager, terminal] {
        auto started = ChildPipe::start(pager);
        if (!started) {
            return terminal;
        }
        child = std::move(*started);
        return child->descriptor();
    });
    auto result = spec.run(*this, invocation);
    output_->release();
    if (child) {
        output_->restore(terminal);
        child.reset();
        clear_interrupt();
    }
    return result;
}

}  // namespace strata::tools
