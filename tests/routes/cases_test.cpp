// SPDX-License-Identifier: Apache-2.0
// Proves what each route answers: files of requests, each with its whole answer, over a store in
// memory that lives as long as a file's "server" command says.
#include "routes/asking.hpp"
#include "support/datadriven.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace strata::tools {
namespace {

Scope scope_of(const std::string& name) {
    return name == "none"    ? Scope::none
           : name == "read"  ? Scope::read
           : name == "write" ? Scope::write
                             : Scope::admin;
}

// Cases outlive releases.
std::string without_version(std::string text) {
    const std::string quoted = "\"version\":\"" + std::string{version()} + "\"";
    const std::size_t at = text.find(quoted);
    return at == std::string::npos ? text
                                   : text.replace(at, quoted.size(), "\"version\":\"VERSION\"");
}

// Commands: "server" begins with an empty store; "identity" changes who asks; "request" asks.
class Cases {
  public:
    std::string run(const test::Case& one) {
        if (one.command == "server") {
            asking_ = std::make_unique<Asking>(ServiceOptions{
                .read_only = false,
                .legacy = !one.has("no_legacy"),
                .console = !one.has("no_console"),
                .cors_origin = one.has("cors") ? one.one("cors") : std::string{},
            });
            return "";
        }
        REQUIRE(asking_ != nullptr);
        if (one.command == "identity") {
            asking_->identity = {.scope = scope_of(one.one("scope", "admin")),
                                 .prefix = one.one("prefix", "")};
            return "";
        }
        REQUIRE(one.command == "request");
        return without_version(text_of(asking_->ask(parse_request(one.input))));
    }

  private:
    std::unique_ptr<Asking> asking_;
};

void run_file(const std::string& name) {
    Cases cases;
    test::run_cases("serve/" + name, [&cases](const test::Case& one) { return cases.run(one); });
}

TEST_CASE("a key") { run_file("kv.txt"); }
TEST_CASE("the published dialects") { run_file("legacy.txt"); }
TEST_CASE("ranges of keys") { run_file("scan.txt"); }
TEST_CASE("deleting ranges") { run_file("range.txt"); }
TEST_CASE("several keys at once") { run_file("batch.txt"); }
TEST_CASE("facts, jobs, health") { run_file("facts.txt"); }
TEST_CASE("import") { run_file("import.txt"); }
TEST_CASE("paths, methods, tokens") { run_file("dispatch.txt"); }

}  // namespace
}  // namespace strata::tools
