// SPDX-License-Identifier: Apache-2.0
// Proves that a path is recognized by its content first and its name second: files of a store
// whole, cut short, under other names; foreign files; zeros, nothing, directories. Files are made
// in memory and the answer is compared as text.
#include "inspect/identify.hpp"

#include "inspect/identify_directory.hpp"
#include "inspect/table_parts.hpp"
#include "log/format.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"
#include "table/builder.hpp"
#include "version/manifest.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/stat.h>

#include <string>

namespace strata::test {
namespace {

std::string text_of(FileSystem& files, const std::string& path) {
    const PathIdentity identity = must(identify(files, path));
    CHECK(must(recognize(files, path)) == identity.kind);
    return fmt::format("{}{}{}: {}", path_kind_name(identity.kind),
                       identity.version ? fmt::format(" v{}", *identity.version) : "",
                       identity.number ? fmt::format(" {}", *identity.number) : "", identity.state);
}

std::string segment_bytes(const std::optional<Seal>& seal) {
    std::string bytes = encode_segment_header({.number = 7, .salt = 1});
    const std::uint64_t key = decode_segment_header(bytes).key;
    append_frame(bytes, {.key = key, .offset = 64, .kind = FrameKind::link, .mark = 64},
                 encode_link({.first_sequence = 1}));
    if (seal) {
        append_frame(bytes, {.key = key, .offset = bytes.size(), .kind = FrameKind::seal},
                     encode_seal(*seal));
    }
    return bytes;
}

Manifest empty_manifest() {
    Manifest manifest;
    manifest.number = 3;
    manifest.next_number = 4;
    return manifest;
}

TEST_CASE("a table, whole and cut, under any name") {
    const auto files = StrictFileSystem::create();
    const auto builder = must(TableBuilder::create(*files, "/", {.number = 12}));
    must(builder->add(parse_version("a#5,put:one").entry()));
    must(builder->finish());
    const std::string path = "/000000000012.sst";
    CHECK(text_of(*files, path) == "table v1 12: complete: 1 record in 1 block");
    const std::string bytes = content_of(*files, path);
    create_file(*files, "/copy", bytes);
    CHECK(text_of(*files, "/copy") == "table v1 12: complete: 1 record in 1 block");
    create_file(*files, "/000000000013.sst", bytes);
    CHECK(text_of(*files, "/000000000013.sst") ==
          "table v1 12: complete: 1 record in 1 block, under the name of 13");
    create_file(*files, "/000000000007.wal", bytes);
    CHECK(must(recognize(*files, "/000000000007.wal")) == PathKind::table);
    create_file(*files, "/000000000014.sst", Bytes{bytes}.substr(0, 300));
    CHECK(text_of(*files, "/000000000014.sst") ==
          "table: damaged: at 236: not a table, or cut short: the last 8 bytes are not "
          "\"STRATSST\"; without the footer no block can be verified");
    create_file(*files, "/part", Bytes{bytes}.substr(0, 300));
    CHECK(text_of(*files, "/part").starts_with("unknown: begins with 01 00 00 00"));
}

TEST_CASE("a table of another version is no damage") {
    const auto files = StrictFileSystem::create();
    const auto builder = must(TableBuilder::create(*files, "/", {.number = 12}));
    must(builder->add(parse_version("a#5,put:one").entry()));
    must(builder->finish());
    std::string bytes = content_of(*files, "/000000000012.sst");
    TableFooter footer =
        must(decode_footer(Bytes{bytes}.substr(bytes.size() - table_footer_size), bytes.size()));
    footer.version = 9;
    const auto encoded = encode_footer(footer);
    bytes.replace(bytes.size() - table_footer_size, table_footer_size, encoded.data(),
                  encoded.size());
    create_file(*files, "/later", bytes);
    CHECK(text_of(*files, "/later").ends_with("table format version 9, this program reads 1"));
    CHECK_FALSE(must(identify(*files, "/later")).damaged);
    CHECK(must_fail(TableParts::open(*files, "/later")).code == ErrorCode::unsupported);
}

TEST_CASE("segments: open, sealed, closed, damaged") {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/open", segment_bytes({}));
    CHECK(text_of(*files, "/open") ==
          "WAL segment v1 7: open: no seal, in use or its writer was stopped; 0 operations");
    create_file(*files, "/sealed", segment_bytes(Seal{.next_number = 9}));
    CHECK(text_of(*files, "/sealed") == "WAL segment v1 7: sealed, goes on in 9; 0 operations");
    create_file(*files, "/000000000008.wal", segment_bytes(Seal{}));
    CHECK(text_of(*files, "/000000000008.wal") ==
          "WAL segment v1 7: closed; 0 operations, under the name of 8");
    std::string bytes = segment_bytes({});
    bytes[20] = 'x';
    create_file(*files, "/damaged", bytes);
    CHECK(text_of(*files, "/damaged") ==
          "WAL segment: damaged: at 0: not a WAL segment, or its header is damaged");
}

TEST_CASE("manifests and locks") {
    const auto files = StrictFileSystem::create();
    std::string bytes = encode_manifest(empty_manifest());
    create_file(*files, "/any", bytes);
    CHECK(text_of(*files, "/any") ==
          "manifest v1 3: complete: 0 tables in 0 runs, 0 segments, closed");
    create_file(*files, "/000000000003.manifest.tmp", bytes);
    CHECK(text_of(*files, "/000000000003.manifest.tmp")
              .starts_with("manifest v1 3: complete, but not published: "));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    create_file(*files, "/damaged", bytes);
    CHECK(text_of(*files, "/damaged").starts_with("manifest: damaged: at 104: check "));
    create_file(*files, "/LOCK", {});
    CHECK(text_of(*files, "/LOCK") == "lock: names no owner");
    create_file(*files, "/other", "pid=1\nstart=0\nprogram=p\n");
    CHECK(text_of(*files, "/other") == "lock: last owner p (process 1) has ended");
}

TEST_CASE("what is no file of a store") {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/empty", {});
    CHECK(text_of(*files, "/empty") == "empty: ");
    create_file(*files, "/000000000001.sst", {});
    CHECK(text_of(*files, "/000000000001.sst") == "empty: damaged");
    create_file(*files, "/zeros", std::string(200'000, '\0'));
    CHECK(text_of(*files, "/zeros") == "zeros: nothing but zeros");
    create_file(*files, "/almost", std::string(200'000, '\0') + "x");
    CHECK(text_of(*files, "/almost").starts_with("unknown: begins with 00 00"));
    must(must(files->open("/zeros", OpenMode::write))->truncate(std::uint64_t{1} << 31));
    CHECK(text_of(*files, "/zeros") == "zeros: zeros in all of 64 places");
    create_file(*files, "/ldb", std::string(100, 'x') + "\x57\xfb\x80\x8b\x24\x75\x47\xdb");
    CHECK(text_of(*files, "/ldb") == "LevelDB table: by its magic");
    create_file(*files, "/text", "one\ntwo");
    CHECK(text_of(*files, "/text") == "unknown: begins with \"one two\"");
    CHECK(text_of(*files, "/none") == "missing: nothing has this name");
}

TEST_CASE("directories") {
    const auto files = StrictFileSystem::create();
    must(files->create_directory("/d"));
    CHECK(text_of(*files, "/d") == "directory: no store: 0 other files");
    create_file(*files, "/d/000000000002.wal", "x");
    CHECK(text_of(*files, "/d") ==
          "directory: 0 tables, 1 segment, but no manifest: "
          "copied files, or a store that lost it");
    create_file(*files, "/d/000000000003.manifest", encode_manifest(empty_manifest()));
    CHECK(text_of(*files, "/d") ==
          "directory: a store: manifest 3, 0 tables in 0 runs, 0 segments, closed");
    create_file(*files, "/d/000000000004.manifest", "x");
    CHECK(text_of(*files, "/d").starts_with("directory: damaged: a store that does not open"));
    must(files->create_directory("/l"));
    create_file(*files, "/l/CURRENT", "MANIFEST-000002\n");
    create_file(*files, "/l/MANIFEST-000002", {});
    create_file(*files, "/l/000005.ldb", {});
    CHECK(text_of(*files, "/l") == "directory: a LevelDB database: 1 table, 0 logs");
    create_file(*files, "/l/OPTIONS-000003", {});
    CHECK(text_of(*files, "/l") == "directory: a RocksDB database: 1 table, 0 logs");
}

TEST_CASE("a FIFO is not waited for") {
    const TempDir directory;
    const std::string path = directory.path("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(text_of(*posix_file_system(), path) == "special: not a regular file, so it is not read");
}

}  // namespace
}  // namespace strata::test
