// SPDX-License-Identifier: Apache-2.0
// Proves the documents that are made from the table of routes, or counted beside it: OpenAPI,
// metrics (with promtool, where it is installed), the console and its policy, the manual.
#include "common/json_members.hpp"
#include "routes/asking.hpp"
#include "serve/console_page.hpp"
#include "serve/problem.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace strata::tools {
namespace {

using test::must;

std::string lower(std::string_view text) {
    std::string lowered{text};
    for (char& letter : lowered) {
        letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return lowered;
}

// Rules of OpenAPI 3.0 that a reader of the document relies on.
void check_operation(const boost::json::object& operation, const Route& route,
                     std::set<std::string>& ids) {
    CHECK(!operation.at("summary").as_string().empty());
    CHECK(ids.insert(operation.at("operationId").as_string().c_str()).second);
    std::set<std::string> names;
    bool has_path_parameter = false;
    for (const boost::json::value& parameter : operation.at("parameters").as_array()) {
        const std::string in = parameter.at("in").as_string().c_str();
        const std::string name = parameter.at("name").as_string().c_str();
        CHECK(names.insert(name).second);
        CHECK((in == "query" || in == "path"));
        if (in == "path") {
            has_path_parameter = true;
            CHECK(parameter.at("required").as_bool());
            CHECK(route.pattern.find("{" + name + "}") != std::string_view::npos);
        }
        const std::string type = parameter.at("schema").at("type").as_string().c_str();
        CHECK((type == "string" || type == "integer" || type == "boolean"));
    }
    CHECK(has_path_parameter == route.pattern.ends_with('}'));
    CHECK(operation.at("responses").as_object().size() >= 2);
    CHECK(operation.contains("requestBody") == !route.body_type.empty());
    CHECK((route.method == Method::get ? !operation.contains("requestBody") : true));
}

TEST_CASE("the OpenAPI document has every route") {
    Asking asking;
    const Answered answered = asking.get("/openapi.json");
    CHECK(answered.type == "application/json");
    const boost::json::object document = must(parse_json_object(answered.body));
    CHECK(std::string{document.at("openapi").as_string().c_str()}.starts_with("3.0."));
    CHECK(document.at("info").as_object().contains("title"));
    CHECK(document.at("info").at("version").as_string() == version());
    const boost::json::object& paths = document.at("paths").as_object();
    std::set<std::string> ids;
    std::size_t operations = 0;
    for (const Route& route : all_routes()) {
        CAPTURE(route.pattern);
        const boost::json::value* path = paths.if_contains(std::string{route.pattern});
        REQUIRE(path != nullptr);
        const std::string method = lower(method_name(route.method));
        REQUIRE(path->as_object().contains(method));
        check_operation(path->at(method).as_object(), route, ids);
    }
    for (const auto& path : paths) {
        operations += path.value().as_object().size();
    }
    CHECK(operations == all_routes().size());
    for (const char* schema : {"Bytes", "Record", "Problem"}) {
        CHECK(document.at("components").at("schemas").as_object().contains(schema));
    }
    // Every reference leads somewhere.
    const std::string mark = "#/components/schemas/";
    for (std::size_t at = answered.body.find(mark); at != std::string::npos;
         at = answered.body.find(mark, at + 1)) {
        const std::size_t begin = at + mark.size();
        const std::string name =
            answered.body.substr(begin, answered.body.find('"', begin) - begin);
        CHECK(document.at("components").at("schemas").as_object().contains(name));
    }
}

TEST_CASE("routes that are switched off are not in the document") {
    Asking asking{ServiceOptions{.legacy = false, .console = false}};
    const boost::json::object document = must(parse_json_object(asking.get("/openapi.json").body));
    const boost::json::object& paths = document.at("paths").as_object();
    CHECK(!paths.contains("/put"));
    CHECK(!paths.contains("/"));
    CHECK(paths.contains("/v1/kv/{key}"));
}

TEST_CASE("no route hides another one") {
    for (const Route& route : all_routes()) {
        CAPTURE(route.pattern);
        Asking asking;
        std::string path{route.pattern};
        if (path.ends_with('}')) {
            path.resize(path.rfind('{'));
            path += "1";
        }
        const Request request{.method = route.method, .path = path};
        CHECK(find_route(asking.service(), request).route == &route);
    }
}

std::string manual() {
    std::ifstream file{test::testdata_path("../man/strata-http.7.scd")};
    REQUIRE(file);
    return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("the manual has every route, in the order of the table, with its parameters") {
    std::string expected;
    for (const Route& route : all_routes()) {
        expected += fmt::format("*{} {}*", method_name(route.method), route.pattern);
        for (const QueryParameter& parameter : route.parameters) {
            expected += fmt::format(" ?{}", parameter.name);
        }
        expected += '\n';
    }
    std::string found;
    std::istringstream lines{manual()};
    for (std::string line; std::getline(lines, line);) {
        for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
            found += line.starts_with(fmt::format("*{} /", method)) ? line + "\n" : "";
        }
    }
    CHECK(found == expected);
}

TEST_CASE("the manual has every code of an error, with its status") {
    std::set<std::string> named;
    std::istringstream lines{manual()};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(":  ")) {
            named.insert(line.substr(3));
        }
    }
    for (const std::string_view code : problem_codes()) {
        CAPTURE(code);
        CHECK(named.contains(std::string{code}));
    }
}

TEST_CASE("metrics") {
    Asking asking;
    asking.put("/v1/kv/a", "1");
    const Request request{.method = Method::get, .path = "/v1/kv/a"};
    const Route* route = find_route(asking.service(), request).route;
    for (const std::uint64_t nanoseconds :
         {std::uint64_t{1'000}, std::uint64_t{60'000}, std::uint64_t{10'000'000'000}}) {
        asking.service().counters.add({.route = route,
                                       .status = 200,
                                       .bytes_in = 1,
                                       .bytes_out = 2,
                                       .nanoseconds = nanoseconds});
    }
    asking.service().counters.add({.status = 400});
    asking.service().counters.connections_open = 3;
    const Answered answered = asking.get("/metrics");
    CHECK(answered.type == "text/plain; version=0.0.4; charset=utf-8");
    const std::string labels = R"({method="GET",route="/v1/kv/{key}")";
    for (const std::string& line : {
             "strata_http_requests_total" + labels + ",status=\"2xx\"} 3\n",
             "strata_http_request_bytes_total" + labels + "} 3\n",
             "strata_http_response_bytes_total" + labels + "} 6\n",
             "strata_http_request_duration_seconds_bucket" + labels + ",le=\"2e-06\"} 1\n",
             "strata_http_request_duration_seconds_bucket" + labels + ",le=\"0.0001\"} 2\n",
             "strata_http_request_duration_seconds_bucket" + labels + ",le=\"5\"} 2\n",
             "strata_http_request_duration_seconds_bucket" + labels + ",le=\"+Inf\"} 3\n",
             "strata_http_request_duration_seconds_count" + labels + "} 3\n",
             std::string{"strata_http_requests_total{method=\"\",route=\"\",status=\"4xx\"} 1\n"},
             std::string{"strata_http_connections 3\n"},
             std::string{"strata_last_sequence 1\n"},
         }) {
        CAPTURE(line);
        CHECK(answered.body.find(line) != std::string::npos);
    }
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        MESSAGE("promtool is not installed: the metrics were not checked with it");
        return;
    }
    const test::TempDir directory;
    const std::string file = directory.path("metrics");
    std::ofstream{file} << answered.body;
    CHECK(std::system(
              ("promtool check metrics <'" + file + "' >'" + file + ".out' 2>&1").c_str()) == 0);
}

TEST_CASE("the console comes with a policy that permits its own script alone") {
    Asking asking;
    const Answered page = asking.get("/");
    CHECK(page.status == 200);
    CHECK(page.type == "text/html; charset=utf-8");
    CHECK(page.body == console_page());
    CHECK(page.body.starts_with("<!doctype html>"));
    const std::string policy = page.header("Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    CHECK(policy.find("'unsafe") == std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(page.header("Referrer-Policy") == "no-referrer");
    CHECK(page.header("X-Frame-Options") == "DENY");
    CHECK(asking.ask({.method = "POST", .target = "/"}).status == 405);
}

}  // namespace
}  // namespace strata::tools
