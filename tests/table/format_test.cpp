// SPDX-License-Identifier: Apache-2.0
// Proves that a table of known content has exactly the bytes that the format header and the manual
// page show, and that trailer and footer refuse what is not theirs.
#include "table/format.hpp"

#include "base/hash.hpp"
#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table_support.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>

namespace strata::test {
namespace {

std::string text_of_file(const std::string& name) {
    const std::ifstream file{testdata_path("../" + name)};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string hex_line(const std::string& bytes, std::size_t at) {
    std::string line = fmt::format("{:03x}", at);
    for (const char byte : bytes.substr(at, 16)) {
        line += fmt::format(" {:02x}", static_cast<unsigned char>(byte));
    }
    return line;
}

TEST_CASE("table: the worked example is what header and manual show") {
    const auto files = StrictFileSystem::create();
    const BuiltTable built =
        build_table(*files, "/", parse_versions("k1#9,put:v k2#7,del"), plain_options());
    const std::string bytes = content_of(*files, built.path);
    const std::string header = text_of_file("libstrata/src/table/format.hpp");
    const std::string manual = text_of_file("man/strata-sst.5.scd");
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
        const std::string line = hex_line(bytes, at);
        INFO(line);
        if (bytes.find_first_not_of('\0', at) < at + 16) {
            CHECK(manual.find("\n" + line + "\n") != std::string::npos);
        }
        if (at < 64 || at >= bytes.size() - table_footer_size) {
            CHECK(header.find("///     " + line + "\n") != std::string::npos);
        }
    }
}

TEST_CASE("table: a trailer is bound to its bytes, its place and its kind") {
    std::string block = "stored bytes";
    append_trailer(block, {.raw_length = 12, .codec = Compression::none, .kind = BlockKind::data},
                   77);
    const BlockTrailer trailer = must(verify_block(block, 77, BlockKind::data));
    CHECK(trailer.raw_length == 12);
    CHECK(trailer.codec == Compression::none);
    CHECK(must_fail(verify_block(block, 78, BlockKind::data)).code == ErrorCode::corruption);
    CHECK(must_fail(verify_block(block, 77, BlockKind::index)).code == ErrorCode::corruption);
    CHECK(must_fail(verify_block(Bytes{block}.substr(0, 15), 77, BlockKind::data)).code ==
          ErrorCode::corruption);
    for (std::size_t i = 0; i < block.size(); ++i) {
        std::string bad = block;
        bad[i] = static_cast<char>(bad[i] ^ 0x10);
        CHECK(must_fail(verify_block(bad, 77, BlockKind::data)).code == ErrorCode::corruption);
    }
}

TEST_CASE("table: sections stand backwards from the footer") {
    TableFooter footer{.length = 1024,
                       .number = 3,
                       .salt = 5,
                       .filter_size = 128,
                       .index_size = 60,
                       .properties_size = 300};
    const auto bytes = encode_footer(footer);
    const TableFooter read = must(decode_footer({bytes.data(), bytes.size()}, 1024));
    CHECK(read.check == footer.check);
    CHECK(read.properties() == BlockHandle{.offset = 1024 - 64 - 320, .size = 300});
    CHECK(read.index() == BlockHandle{.offset = 1024 - 64 - 320 - 128, .size = 60});
    CHECK(read.filter() == BlockHandle{.offset = 1024 - 64 - 320 - 128 - 192, .size = 128});
    CHECK(read.sections_begin() == 320);
    CHECK(must_fail(decode_footer({bytes.data(), bytes.size()}, 1088)).code ==
          ErrorCode::corruption);
    CHECK(must_fail(decode_footer({bytes.data(), 63}, 1024)).code == ErrorCode::corruption);
}

}  // namespace
}  // namespace strata::test
