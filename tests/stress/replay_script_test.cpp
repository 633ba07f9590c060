// SPDX-License-Identifier: Apache-2.0
// Proves that scripts say everything: operations of every kind are written, read again and written
// once more to the same text; and that what is no script is refused with its line.
#include "stress/replay_script.hpp"

#include "stress/model.hpp"
#include "stress/verify_generator.hpp"
#include "stress/verify_script.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace strata::tools {
namespace {

using test::must;
using test::must_fail;

class Script {
  public:
    explicit Script(const std::string& text) : path_{directory_.path("script")} {
        const int out = ::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        REQUIRE(write_all(out, text) == 0);
        ::close(out);
        in_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        REQUIRE(in_ >= 0);
    }
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    ~Script() { ::close(in_); }
    [[nodiscard]] int descriptor() const { return in_; }

  private:
    test::TempDir directory_{"script"};
    std::string path_;
    int in_ = -1;
};

std::string refusal(const std::string& text) {
    const Script script{text};
    ScriptReader reader{script.descriptor(), "script"};
    Options options;
    must(reader.read_options(options));
    while (true) {
        auto next = reader.next();
        if (!next) {
            return next.error().message;
        }
        if (!*next) {
            return {};
        }
    }
}

}  // namespace

TEST_CASE("every operation survives being written and read") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    OperationGenerator generator{{.seed = seed, .keys = 50, .block_size = 64}};
    Model model;
    std::string text;
    {
        Output output{text};
        ScriptWriter writer{output};
        writer.comment("a comment");
        writer.options(random_store_options(seed));
        for (int i = 0; i < 4000; ++i) {
            Operation operation = generator.next();
            model.resolve(operation);
            const Answer answer = model.answer(operation, 0);
            writer.step(operation, answer);
        }
        CHECK(writer.beyond_cli());
    }
    const Script script{text};
    ScriptReader reader{script.descriptor(), "script"};
    Options options;
    must(reader.read_options(options));
    Model again;
    std::string second;
    Output output{second};
    ScriptWriter writer{output};
    writer.comment("a comment");
    writer.options(options);
    while (auto recorded = must(reader.next())) {
        const Answer answer = again.answer(recorded->operation, 0);
        REQUIRE(answer_lines(recorded->operation, answer) == recorded->lines);
        writer.step(recorded->operation, answer);
    }
    CHECK(again.state().size() == model.state().size());
    CHECK(second == text);
}

TEST_CASE("what is no script is refused") {
    CHECK(refusal("# nothing\n").empty());
    CHECK(refusal("> put a b\n{\"seq\":1}\n\n# words\n> get a\n").empty());
    CHECK(refusal("> put a\n") == "script:1: the command ends too early");
    CHECK(refusal("> put a b c\n") == "script:1: unexpected word \"c\"");
    CHECK(refusal("> get a\n> leap\n") == "script:2: unexpected word \"leap\"");
    CHECK(refusal("> put \"a b\n") == "script:1: a word without its closing quote");
    CHECK(refusal("> put a \\q\n").find("script:1: column 1: unknown escape") == 0);
    CHECK(refusal("#: snapshot x\n") == "script:1: expected a number, found \"x\"");
    CHECK(refusal("> begin\n> put a b\n") == "script: ends before the commit of a batch");
    CHECK(refusal("> commit\n") == "script:1: unexpected word \"commit\"");
    const Script script{"#: option blocksize=1\n> get a\n"};
    ScriptReader reader{script.descriptor(), "script"};
    Options options;
    CHECK(must_fail(reader.read_options(options)).message.find("script: option: expected") == 0);
}

}  // namespace strata::tools
