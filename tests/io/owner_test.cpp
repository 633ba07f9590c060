// SPDX-License-Identifier: Apache-2.0
// Proves that the text of a lock file names this process, field by field.
#include "io/owner.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <string>

namespace strata {
namespace {

std::map<std::string, std::string> fields_of(const std::string& text) {
    std::map<std::string, std::string> fields;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = line.find('=');
        REQUIRE(equals != std::string::npos);
        fields[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return fields;
}

TEST_CASE("the owner is this process") {
    const std::map<std::string, std::string> fields = fields_of(owner_text());
    CHECK(fields.size() == 6);
    CHECK(fields.at("pid") == std::to_string(getpid()));
    CHECK(fields.at("program") == "io_test");
    CHECK_FALSE(fields.at("start").empty());
    CHECK(fields.at("start").find_first_not_of("0123456789") == std::string::npos);
    CHECK(fields.at("since").size() == std::string{"2000-01-01T00:00:00"}.size());
    CHECK_FALSE(fields.at("host").empty());
    CHECK(fields.at("control").empty());
}

TEST_CASE("the start of a process does not change") {
    CHECK(fields_of(owner_text()).at("start") == fields_of(owner_text()).at("start"));
}

TEST_CASE("the owner is read back, and whether it runs") {
    const Owner self = parse_owner(owner_text());
    CHECK(self.process == static_cast<std::uint64_t>(getpid()));
    CHECK(self.program == "io_test");
    CHECK(owner_state(self) == OwnerState::running);
    Owner other = self;
    other.start = "1";
    CHECK(owner_state(other) == OwnerState::ended);
    other = self;
    other.process = 0x7fffffff;
    CHECK(owner_state(other) == OwnerState::ended);
    other.host = "another host";
    CHECK(owner_state(other) == OwnerState::elsewhere);
}

TEST_CASE("the text of an owner may be anything") {
    CHECK(parse_owner({}).process == 0);
    CHECK(parse_owner("pid=12x\nstart=5\n").process == 0);
    CHECK(parse_owner("pid=99999999999999999999999\n").process == 0);
    CHECK(parse_owner("xpid=7\npid=8").process == 8);
    const Owner owner = parse_owner("program=a\x1b[2Jb\nhost=" + std::string(5000, 'h'));
    CHECK(owner.program == "a?[2Jb");
    CHECK(owner.host.size() == 128);
}

}  // namespace
}  // namespace strata
