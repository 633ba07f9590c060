// SPDX-License-Identifier: Apache-2.0
// Proves the routes over stores on (simulated) disk: jobs, facts, history, failures of the disk,
// and answers that are too long to be made at once.
#include "common/json_members.hpp"
#include "routes/asking.hpp"
#include "support/must.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace strata::tools {
namespace {

using test::must;

struct Disk {
    std::shared_ptr<FaultFileSystem> files = FaultFileSystem::create(StrictFileSystem::create());

    [[nodiscard]] std::unique_ptr<Store> open_store() const {
        Options options;
        options.file_system = files;
        return must(open("lsm:/store", options));
    }
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

boost::json::object object_of(const Answered& answered) {
    return must(parse_json_object(answered.body));
}

TEST_CASE("flush, compact and check are jobs") {
    const Disk disk;
    Asking asking{disk.open_store()};
    asking.put("/v1/kv/a", "1");
    const Answered flushed = asking.post("/v1/flush?wait=1");
    CHECK(flushed.status == 200);
    CHECK(contains(flushed.body, R"("kind":"flush","state":"done")"));
    CHECK(contains(flushed.body, R"("result":{"bytes_before":0,)"));
    CHECK(contains(flushed.body, R"("tables_after":1)"));
    CHECK(flushed.header("Location") == "/v1/jobs/1");

    const Answered started = asking.post("/v1/compact");
    CHECK(started.status == 202);
    CHECK(started.header("Location") == "/v1/jobs/2");
    REQUIRE(asking.service().jobs.wait(2));
    const Answered job = asking.get("/v1/jobs/2");
    CHECK(job.status == 200);
    CHECK(contains(job.body, R"("id":2,"kind":"compact","state":"done")"));
    CHECK(asking.ask({.method = "DELETE", .target = "/v1/jobs/2"}).status == 409);

    const Answered checked = asking.post("/v1/check?wait=1");
    CHECK(checked.status == 200);
    CHECK(contains(checked.body, R"("findings":[])"));
    CHECK(asking.post("/v1/check?wait=1&fast=1").status == 200);
    const Answered list = asking.get("/v1/jobs");
    CHECK(object_of(list).at("jobs").as_array().size() == 4);
    CHECK(contains(list.body, R"({"jobs":[{"id":4,)"));

    const Answered runs = asking.get("/v1/runs");
    CHECK(contains(runs.body, R"([{"run":0,"tier":)"));
    CHECK(contains(runs.body, R"("key_min":"a","key_max":"a")"));
    const Answered files = asking.get("/v1/files");
    CHECK(contains(files.body, R"("role":"table")"));
    asking.identity.prefix = "b";
    CHECK(contains(asking.get("/v1/runs").body, R"("key_min":"","key_max":"")"));
}

TEST_CASE("one file of the store") {
    const Disk disk;
    Asking asking{disk.open_store()};
    const std::vector<FileInfo> files = must(asking.store().files());
    REQUIRE(!files.empty());
    const Answered file = asking.get("/v1/files/" + files.front().name);
    CHECK(file.status == 200);
    CHECK(object_of(file).at("role").as_string() == files.front().role.c_str());
}

TEST_CASE("stats of the store and of the server") {
    const Disk disk;
    Asking asking{disk.open_store()};
    asking.put("/v1/kv/a", "1");
    const Request request{.method = Method::get, .path = "/v1/kv/a"};
    const Route* route = find_route(asking.service(), request).route;
    REQUIRE(route != nullptr);
    asking.service().counters.add(
        {.route = route, .status = 200, .bytes_in = 3, .bytes_out = 5, .nanoseconds = 4'000});
    asking.service().counters.add({.route = nullptr, .status = 503, .nanoseconds = 1});
    const boost::json::object stats = object_of(asking.get("/v1/stats"));
    CHECK(stats.at("last_sequence").as_int64() == 1);
    const boost::json::object& server = stats.at("server").as_object();
    CHECK(server.at("requests").as_int64() == 2);
    CHECK(server.at("errors").as_int64() == 1);
    CHECK(server.at("bytes_in").as_int64() == 3);
    CHECK(server.at("bytes_out").as_int64() == 5);
    const boost::json::array& routes = server.at("routes").as_array();
    REQUIRE(routes.size() == 1);
    CHECK(routes[0].at("path").as_string() == "/v1/kv/{key}");
    CHECK(routes[0].at("method").as_string() == "GET");
    const boost::json::array& buckets = routes[0].at("buckets").as_array();
    CHECK(buckets.size() == server.at("latency_bounds_us").as_array().size() + 1);
    CHECK(buckets[0].as_int64() == 0);
    CHECK(buckets[1].as_int64() == 1);
}

TEST_CASE("history and explanations") {
    const Disk disk;
    Asking asking{disk.open_store()};
    asking.put("/v1/kv/a", "1");
    asking.put("/v1/kv/a", "22");
    const Answered history = asking.get("/v1/history/a?limit=1");
    CHECK(contains(history.body, R"("more":true)"));
    CHECK(contains(history.body, R"({"seq":2,"type":"put","size":2,"place":"memtable")"));
    CHECK(contains(asking.get("/v1/explain/a").body, R"("found":true,"seq":2)"));
    CHECK(contains(asking.get("/v1/explain/a?at=1").body, R"("found":true,"seq":1)"));
    CHECK(asking.get("/v1/explain/a?at=9").status == 400);
    CHECK(contains(asking.get("/v1/explain?prefix=a").body, R"("explain":"scan")"));
    const Answered write = asking.post("/v1/explain", R"({"ops":[{"key":"b","value":"1"}]})");
    CHECK(contains(write.body, R"("explain":"put")"));
    CHECK(asking.get("/v1/kv/b").status == 404);
}

TEST_CASE("a write that the disk fails has an outcome") {
    const Disk disk;
    Asking asking{disk.open_store()};
    asking.put("/v1/kv/a", "1");
    disk.files->set_decide([](const FileCall& call) {
        return call.name == "sync" ? Fault::fail_before : Fault::none;
    });
    const Answered failed = asking.put("/v1/kv/a", "2");
    REQUIRE(disk.files->faults() > 0);
    CHECK(failed.status == 503);
    CHECK(contains(failed.body, R"("code":"io")"));
    CHECK(contains(failed.body, R"("outcome":"unknown")"));
    disk.files->set_decide({});
    const Answered refused = asking.put("/v1/kv/a", "3");
    CHECK(refused.status == 503);
    CHECK(contains(refused.body, R"("code":"closed")"));
    CHECK(contains(refused.body, R"("outcome":"rejected")"));
    CHECK(refused.header("Retry-After") == "1");
    // Reads go on; the server says that it is not ready.
    CHECK(asking.get("/v1/kv/a").status == 200);
    CHECK(asking.get("/livez").status == 200);
    CHECK(asking.get("/readyz").status == 503);
    // The dialects know three codes.
    const Answered old = asking.put("/put", R"({"key":"a","value":"1"})");
    CHECK(old.status == 500);
    CHECK(old.type == "text/plain; charset=utf-8");
    CHECK(asking.post("/v1/import", "{\"key\":\"a\",\"value\":\"1\"}\n").status == 503);
}

TEST_CASE("a full disk rejects") {
    const auto strict = StrictFileSystem::create();
    Options options;
    options.file_system = strict;
    Asking asking{must(open("lsm:/store", options))};
    asking.put("/v1/kv/a", "1");
    strict->set_capacity(strict->used_bytes() + 4096);
    const Answered full = asking.put("/v1/kv/b", std::string(std::size_t{4} << 20, 'x'));
    CHECK(full.status == 507);
    CHECK(contains(full.body, R"("code":"no-space")"));
    CHECK(contains(full.body, R"("outcome":"rejected")"));
}

TEST_CASE("a batch that failed may be repeated with its key") {
    const auto strict = StrictFileSystem::create();
    Options options;
    options.file_system = strict;
    Asking asking{must(open("lsm:/store", options))};
    strict->set_capacity(strict->used_bytes() + 4096);
    const Asked batch{.method = "POST",
                      .target = "/v1/batch",
                      .headers = {{"Idempotency-Key", "k"}},
                      .body = R"({"ops":[{"key":"a","value":")" +
                              std::string(std::size_t{4} << 20, 'x') + R"("}]})"};
    CHECK(asking.ask(batch).status == 507);
    strict->set_capacity(0);
    const Answered written = asking.ask(batch);
    CHECK(written.status == 200);
    CHECK(written.header("Idempotency-Replayed").empty());
    CHECK(asking.ask(batch).header("Idempotency-Replayed") == "true");
    CHECK(asking.store().last_sequence() == 1);
}

TEST_CASE("reading only") {
    Asking asking{ServiceOptions{.read_only = true}};
    CHECK(asking.get("/v1/kv").status == 200);
    CHECK(asking.post("/v1/get", R"({"keys":["a"]})").status == 200);
    CHECK(asking.post("/v1/check?wait=1").status == 200);
    for (const Asked& asked :
         {Asked{.method = "PUT", .target = "/v1/kv/a", .body = "1"},
          Asked{.method = "DELETE", .target = "/v1/kv/a"},
          Asked{.method = "DELETE", .target = "/v1/kv?all=1"},
          Asked{.method = "POST", .target = "/v1/batch", .body = "{}"},
          Asked{.method = "POST", .target = "/v1/import"},
          Asked{.method = "POST", .target = "/v1/sync"},
          Asked{.method = "POST", .target = "/v1/flush"},
          Asked{.method = "POST", .target = "/v1/compact"},
          Asked{.method = "PUT", .target = "/put", .body = R"({"key":"a","value":"1"})"},
          Asked{.method = "POST", .target = "/set/a", .body = R"({"value":"1"})"},
          Asked{.method = "DELETE", .target = "/delete?key=a"},
          Asked{.method = "POST", .target = "/compact"}}) {
        CAPTURE(asked.target);
        const Answered answered = asking.ask(asked);
        CHECK(answered.status == 403);
        CHECK(contains(answered.body, "--read-only"));
    }
}

TEST_CASE("a server that stops is not ready, but says that it lives") {
    Asking asking;
    asking.service().draining = true;
    CHECK(asking.get("/livez").status == 200);
    CHECK(asking.get("/readyz").status == 503);
    // Whoever still has a connection is served until it is closed.
    CHECK(asking.put("/v1/kv/a", "1").status == 201);
}

TEST_CASE("a long range is sent in pieces and ends with its count") {
    Asking asking;
    const std::string value(1000, 'v');
    for (int i = 0; i < 500; ++i) {
        must(asking.store().put(fmt::format("k{:04}", i), value));
    }
    const Answered lines =
        asking.ask({.target = "/v1/kv", .headers = {{"Accept", "application/x-ndjson"}}});
    CHECK(lines.pieces > 10);
    CHECK(lines.body.ends_with("{\"end\":true,\"count\":500,\"seq\":500}\n"));
    const Answered exported = asking.get("/v1/export?prefix=k01");
    CHECK(exported.pieces > 3);
    CHECK(exported.body.ends_with("{\"end\":true,\"count\":100,\"seq\":500}\n"));
    // What was exported can be imported, in whatever pieces it comes.
    Asking other;
    other.piece_size = 777;
    const Answered imported = other.post("/v1/import", exported.body);
    CHECK(imported.status == 200);
    CHECK(object_of(imported).at("imported").as_int64() == 100);
    CHECK(object_of(other.get("/v1/digest")).at("digest") ==
          object_of(asking.get("/v1/digest?prefix=k01")).at("digest"));
}

TEST_CASE("an error in the middle of a stream is its last line") {
    auto opened = must(open("memory:"));
    Store& store = *opened;
    Asking asking{std::move(opened)};
    const std::string value(1000, 'v');
    for (int i = 0; i < 500; ++i) {
        must(store.put(fmt::format("k{:04}", i), value));
    }
    const Identity identity;
    const Header accept{"Accept", "application/x-ndjson"};
    const Request request{.path = "/v1/kv", .headers = {&accept, 1}, .identity = &identity};
    Answer answer = answer_request(asking.service(), request);
    Response& response = std::get<Response>(answer);
    REQUIRE(response.source != nullptr);
    std::string body;
    REQUIRE(response.source->next(body, 100));
    REQUIRE(store.close());
    while (response.source->next(body, 4096)) {
    }
    const std::string last = body.substr(body.rfind('\n', body.size() - 2) + 1);
    CHECK(contains(last, R"({"error":{"type":"urn:strata:error:closed")"));
}

TEST_CASE("a page ends at its bytes, and its cursor goes on behind it") {
    Asking asking;
    const std::string value(std::size_t{300} << 10, 'v');
    for (int i = 0; i < 10; ++i) {
        must(asking.store().put(fmt::format("k{}", i), value));
    }
    std::string target = "/v1/kv?prefix=k";
    std::string keys;
    int pages = 0;
    for (std::string cursor; pages == 0 || !cursor.empty(); ++pages) {
        REQUIRE(pages < 10);
        const boost::json::object page =
            object_of(asking.get(target + (pages == 0 ? "" : "&cursor=" + cursor)));
        for (const boost::json::value& item : page.at("items").as_array()) {
            keys += item.at("key").as_string().c_str();
        }
        CHECK(page.at("seq").as_int64() == 10);
        const boost::json::value& next = page.at("next");
        cursor = next.is_null() ? "" : next.as_string().c_str();
    }
    CHECK(pages == 3);
    CHECK(keys == "k0k1k2k3k4k5k6k7k8k9");
}

TEST_CASE("a long walk gives the thread back now and then") {
    Asking asking;
    Batch batch;
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(batch.put(fmt::format("k{:05}", i), "v"));
    }
    must(asking.store().write(batch));
    const Answered counted = asking.get("/v1/count");
    CHECK(counted.body == "{\"count\":10000,\"seq\":10000}\n");
    CHECK(counted.pieces == 2);
    CHECK(asking.get("/v1/digest").pieces == 2);
    const Answered usage = asking.get("/v1/du?prefix=k&depth=0");
    CHECK(usage.pieces == 2);
    CHECK(contains(usage.body, R"_({"prefix":"(total)","keys":10000,"live":70000)_"));
    const Answered none =
        asking.ask({.target = "/v1/kv?match=*x", .headers = {{"Accept", "application/x-ndjson"}}});
    CHECK(none.pieces >= 2);
    CHECK(none.body == "{\"end\":true,\"count\":0,\"seq\":10000}\n");
}

TEST_CASE("a page ends where its pattern has matched nothing for long") {
    Asking asking;
    for (int part = 0; part < 2; ++part) {
        Batch batch;
        for (int i = 0; i < 60'000; ++i) {
            REQUIRE(batch.put(fmt::format("k{}{:05}", part, i), ""));
        }
        must(asking.store().write(batch));
    }
    const boost::json::object first = object_of(asking.get("/v1/kv?match=*119&keys=1&limit=9999"));
    REQUIRE(first.at("next").is_string());
    const boost::json::object second =
        object_of(asking.get(std::string{"/v1/kv?match=*119&keys=1&limit=9999&cursor="} +
                             first.at("next").as_string().c_str()));
    CHECK(second.at("next").is_null());
    CHECK(first.at("items").as_array().size() == 100);
    CHECK(second.at("items").as_array().size() == 20);
    CHECK(asking.get("/v1/kv?match=" + std::string(1025, 'x')).status == 400);
}

TEST_CASE("several large values are read one after the other") {
    Asking asking;
    const std::string value(std::size_t{200} << 10, 'v');
    must(asking.store().put("a", value));
    const Answered answered = asking.post("/v1/get", R"({"keys":["a","a","b"]})");
    CHECK(answered.pieces > 1);
    CHECK(object_of(answered).at("items").as_array().size() == 3);
}

TEST_CASE("a large range is deleted in batches, and says so") {
    Asking asking;
    Batch batch;
    for (int i = 0; i < 25'000; ++i) {
        REQUIRE(batch.put(fmt::format("k{:05}", i), ""));
    }
    must(asking.store().write(batch));
    const Answered deleted = asking.ask({.method = "DELETE", .target = "/v1/kv?prefix=k"});
    CHECK(contains(deleted.body, R"("deleted":25000,"batches":3,"atomic":false)"));
    CHECK(contains(asking.get("/v1/count").body, R"("count":0)"));
}

TEST_CASE("limits of keys, values, bodies") {
    Asking asking;
    const std::string longest(key_size_max, 'k');
    CHECK(asking.put("/v1/kv/" + longest, "1").status == 201);
    CHECK(asking.get("/v1/kv/" + longest).status == 200);
    CHECK(asking.put("/v1/kv/" + longest + "k", "1").status == 400);
    std::string encoded;
    for (std::size_t i = 0; i < key_size_max; ++i) {
        encoded += "%6b";
    }
    CHECK(asking.get("/v1/kv/" + encoded).status == 200);
    CHECK(asking.get("/v1/kv/" + encoded + "%6b").status == 400);
    CHECK(asking.get("/v1/kv?prefix=" + longest + "k").status == 400);
    const Answered large = asking.put("/v1/kv/v", std::string(value_size_max + 1, 'v'));
    CHECK(large.status == 413);
    CHECK(contains(large.body, R"("code":"too-large")"));
    // Values cost more memory than text; very many are refused before they are read.
    std::string many = "{\"keys\":[";
    for (int i = 0; i < 600'000; ++i) {
        many += "[],";
    }
    const Answered refused = asking.post("/v1/get", many + "1]}");
    CHECK(refused.status == 400);
    CHECK(contains(refused.body, "more than 1048576 values"));
    CHECK(asking.post("/v1/get", std::string(100, '[')).status == 400);
    const std::string long_body(std::size_t{17} << 20, ' ');
    CHECK(asking.post("/v1/get", long_body).status == 413);
    CHECK(asking.post("/v1/batch", long_body).status == 413);
    const Answered lines = asking.ask({.method = "POST",
                                       .target = "/v1/batch",
                                       .headers = {{"Content-Type", "application/x-ndjson"}},
                                       .body = R"({"key":"a","value":"1"})" + ("\n" + long_body)});
    CHECK(lines.status == 200);
}

TEST_CASE("conditions are limited, and the list of those that fail") {
    Asking asking;
    const auto batch = [](int conditions) {
        std::string body;
        for (int i = 0; i < conditions; ++i) {
            body += "{\"if\":{\"key\":\"k\",\"seq\":7}}\n";
        }
        return Asked{.method = "POST",
                     .target = "/v1/batch",
                     .headers = {{"Content-Type", "application/x-ndjson"}},
                     .body = body};
    };
    const Answered most = asking.ask(batch(10'000));
    CHECK(most.status == 412);
    CHECK(object_of(most).at("failed").as_array().size() == 100);
    const Answered refused = asking.ask(batch(10'001));
    CHECK(refused.status == 400);
    CHECK(contains(refused.body, "line 10001: expected at most 10000 conditions"));
}

TEST_CASE("a line that never ends is refused") {
    Asking asking{ServiceOptions{.body_max = 1000}};
    asking.piece_size = 100;
    const Answered refused = asking.post("/v1/import", std::string(5000, 'x'));
    CHECK(refused.status == 413);
    CHECK(contains(refused.body, R"("code":"too-large")"));
}

}  // namespace
}  // namespace strata::tools
