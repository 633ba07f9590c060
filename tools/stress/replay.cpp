// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "stress/mode_options.hpp"
#include "stress/mode_table.hpp"
#include "stress/replay_script.hpp"
#include "stress/verify_prover.hpp"
#include "stress/verify_script.hpp"
#include "stress/work_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <utility>

namespace strata::tools {
namespace {

class Descriptor {
  public:
    explicit Descriptor(const std::string& path)
        : number_{path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ > STDERR_FILENO) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_;
};

struct ReplayDifference {
    std::uint64_t line = 0;
    std::vector<std::string> expected{};
    std::vector<std::string> found{};
};

/// A line of an answer, cut when long.
std::string cut(const std::string& line) {
    constexpr std::size_t shown_max = 200;
    return line.size() > shown_max ? line.substr(0, shown_max) + "..." : line;
}

class ReplayMode {
  public:
    explicit ReplayMode(const StressContext& context)
        : context_{context}, options_{context.options} {}

    Result<int> run() {
        STRATA_TRY(expect_options(options_, {"keep-on-fail", "option"}));
        const std::string& path = options_.words.front();
        const Descriptor file{path};
        if (file.number() < 0) {
            return system_error(path, "open");
        }
        ScriptReader reader{file.number(), path};
        Options engine;
        STRATA_TRY(reader.read_options(engine));
        take_given(options_, engine);
        STRATA_TRY(open_store(engine));
        while (!interrupted()) {
            auto recorded = STRATA_TRY(reader.next());
            if (!recorded) {
                break;
            }
            play(*recorded);
        }
        if (difference_ && directory_ != nullptr) {
            directory_->keep();
        }
        STRATA_TRY(tested_->close());
        summarize(path);
        return difference_ ? exit_verification : (interrupted() ? interrupt_status() : exit_done);
    }

  private:
    Status open_store(const Options& engine) {
        if (options_.words.size() > 1) {
            where_ = options_.words[1];
            if (where_ != "memory:") {
                STRATA_TRY(expect_new_store(where_));
            }
        } else {
            directory_ = STRATA_TRY(WorkDirectory::create("replay", options_.keep_on_fail));
            where_ = directory_->path("store");
        }
        tested_.emplace([this, engine](bool read_only) {
            Options options = engine;
            options.read_only = read_only;
            return open(where_, options);
        });
        tested_->enlist(&snapshots_);
        return tested_->open();
    }

    Answer carry_out(const Operation& operation) {
        using Kind = Operation::Kind;
        if (operation.kind == Kind::read_only) {
            return read_beside(tested_->opener(), operation.range);
        }
        if (operation.kind != Kind::reopen && operation.kind != Kind::kill) {
            return perform(tested_->store(), snapshots_, operation);
        }
        Answer answer;
        auto reopened = tested_->reopen(operation.kind == Kind::reopen);
        if (!reopened) {
            answer.error = reopened.take_error();
        }
        return answer;
    }

    /// History that the recorded run still had: a matter of when the store flushed and merged.
    bool may_be_gone(const Operation& operation, const Answer& answer) {
        if (!answer.error || answer.error->code != ErrorCode::gap || !operation.at) {
            return false;
        }
        const auto stats = tested_->store().stats();
        return stats && stats->history_floor > *operation.at;
    }

    void play(const RecordedOperation& recorded) {
        ++operations_;
        const Answer answer = carry_out(recorded.operation);
        const std::vector<std::string> found = answer_lines(recorded.operation, answer);
        if (may_be_gone(recorded.operation, answer)) {
            ++gaps_;
            return;
        }
        if (found == recorded.lines) {
            return;
        }
        ++differences_;
        if (!difference_) {
            difference_ = {.line = recorded.line, .expected = recorded.lines, .found = found};
        }
    }

    void summarize(const std::string& path) {
        Facts facts{{"operations", operations_},
                    {options_.json ? "history_gone" : "history gone", gaps_},
                    {"differences", differences_}};
        if (difference_) {
            facts.emplace_back("first", fmt::format("{}:{}", path, difference_->line));
            const std::size_t lines =
                std::max(difference_->expected.size(), difference_->found.size());
            for (std::size_t i = 0; i < lines; ++i) {
                const auto line = [i](const std::vector<std::string>& all) {
                    return i < all.size() ? cut(all[i]) : std::string{"nothing"};
                };
                const std::string expected = line(difference_->expected);
                const std::string found = line(difference_->found);
                if (expected != found) {
                    facts.emplace_back("expected", expected);
                    facts.emplace_back("found", found);
                    break;
                }
            }
            facts.emplace_back("kept", where_);
        }
        print_facts(context_.output, facts_style(options_), facts);
    }

    const StressContext& context_;
    const StressOptions& options_;
    std::string where_{};
    std::unique_ptr<WorkDirectory> directory_{};
    std::optional<TestedStore> tested_{};
    HeldSnapshots snapshots_{};
    std::uint64_t operations_ = 0;
    std::uint64_t gaps_ = 0;
    std::uint64_t differences_ = 0;
    std::optional<ReplayDifference> difference_{};
};

}  // namespace

int stress_replay(const StressContext& context) {
    const auto status = ReplayMode{context}.run();
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
