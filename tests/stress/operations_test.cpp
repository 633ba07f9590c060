// SPDX-License-Identifier: Apache-2.0
// Proves that a seed repeats the operations of every thread, and that inserts of several threads
// meet every key once; by digests of streams and by counting.
#include "stress/operations.hpp"

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace strata::tools {
namespace {

/// Of the first operations of a stream, in all their bytes.
std::uint64_t digest(const Workload& workload, std::uint64_t seed, ThreadPlace place) {
    OperationStream stream{workload, seed, place};
    std::uint64_t sum = 0;
    const auto add = [&sum](std::uint64_t number) { sum = mix_bits(sum + number + 1); };
    for (int i = 0; i < 5000; ++i) {
        const WorkItem operation = stream.next();
        add(static_cast<std::uint64_t>(operation.kind));
        add(operation.scan_length);
        for (const Bytes bytes : {operation.key, operation.value}) {
            add(bytes.size());
            for (const char byte : bytes) {
                add(static_cast<unsigned char>(byte));
            }
        }
    }
    return sum;
}

Workload mixed(const char* distribution) {
    Workload workload;
    workload.mix =
        test::must(parse_mix("get=30,miss=5,put=30,insert=10,del=5,scan=5,rscan=5,rmw=10"));
    workload.distribution = test::must(parse_distribution(distribution));
    workload.value_size = test::must(parse_size_spec("uniform:1..200", 200));
    workload.keys = 10'000;
    workload.scan_length_varies = true;
    return workload;
}

Workload fill(bool scattered, std::uint64_t keys) {
    Workload workload;
    workload.mix = test::must(parse_mix("insert=1"));
    workload.keys = keys;
    workload.inserts_fill = true;
    workload.scattered = scattered;
    return workload;
}

}  // namespace

TEST_CASE("the same seed repeats the operations of a thread, another seed or thread does not") {
    for (const char* distribution : {"uniform", "zipf:0.9", "latest", "hot:0.1/0.9", "seq"}) {
        CAPTURE(distribution);
        const Workload workload = mixed(distribution);
        const std::uint64_t first = digest(workload, 1, {0, 2});
        CHECK(first == digest(workload, 1, {0, 2}));
        CHECK(first != digest(workload, 2, {0, 2}));
        CHECK(first != digest(workload, 1, {1, 2}));
    }
}

TEST_CASE("a fill meets every key once, whatever the number of threads") {
    for (const bool scattered : {false, true}) {
        for (const unsigned threads : {1U, 3U}) {
            constexpr std::uint64_t keys = 1200;
            std::set<std::string> met;
            for (unsigned thread = 0; thread < threads; ++thread) {
                OperationStream stream{fill(scattered, keys), 7, {thread, threads}};
                std::string last;
                bool ascending = true;
                for (std::uint64_t i = 0; i < keys / threads; ++i) {
                    const std::string key{stream.next().key};
                    CHECK(met.insert(key).second);
                    ascending = ascending && last < key;
                    last = key;
                }
                CHECK(ascending == !scattered);
            }
            KeyMaker maker{SizeSpec::fixed(16)};
            CHECK(met.size() == keys);
            CHECK(*met.begin() == maker.live(0));
            CHECK(*met.rbegin() == maker.live(keys - 1));
        }
    }
}

TEST_CASE("latest reads only what was loaded or what the same thread has inserted") {
    Workload workload;
    workload.mix = test::must(parse_mix("get=80,insert=20"));
    workload.distribution = test::must(parse_distribution("latest"));
    workload.keys = 100;
    KeyMaker maker{workload.key_size};
    std::set<std::string> there;
    for (std::uint64_t i = 0; i < workload.keys; ++i) {
        there.emplace(maker.live(i));
    }
    OperationStream stream{workload, 3, {1, 4}};
    int inserted = 0;
    int own = 0;
    for (int i = 0; i < 10'000; ++i) {
        const WorkItem operation = stream.next();
        if (operation.kind == OperationKind::insert) {
            CHECK(there.emplace(operation.key).second);
            ++inserted;
        } else {
            CHECK(there.contains(std::string{operation.key}));
            own += operation.key >= maker.live(workload.keys) ? 1 : 0;
        }
    }
    CHECK(inserted > 1500);
    CHECK(own > 5000);
}

TEST_CASE("misses and deletes of absent keys go between the keys, scans from an end have no key") {
    Workload workload;
    workload.mix = test::must(parse_mix("miss=1,del=1"));
    workload.deletes_absent = true;
    workload.keys = 100;
    OperationStream stream{workload, 1, {}};
    for (int i = 0; i < 100; ++i) {
        CHECK((stream.next().key.back() - '0') % 2 == 1);
    }
    workload.mix = test::must(parse_mix("scan=1"));
    workload.scan_from_end = true;
    workload.scan_length = 0;
    OperationStream scans{workload, 1, {}};
    const WorkItem scan = scans.next();
    CHECK(scan.key.empty());
    CHECK(scan.scan_length == 0);
}

}  // namespace strata::tools
