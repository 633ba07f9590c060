// SPDX-License-Identifier: Apache-2.0
// Proves that a damaged table never gives a wrong answer and never ends the process: every bit of
// small tables is flipped, every length is cut, and fields are replaced by extremes under a right
// check, as a hostile file would have them. Either the answers are exact, or an error names the
// file and an offset.
#include "base/hash.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/table.hpp"
#include "table/verify.hpp"
#include "table_support.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata::test {
namespace {

/// Content of a table that is read as a file of its own.
class Specimen {
  public:
    Specimen(const std::vector<Version>& versions, const TableBuilderOptions& options)
        : versions_{versions} {
        const BuiltTable built = build_table(*files_, "/", versions, options);
        facts_ = built.facts;
        content_ = content_of(*files_, built.path);
    }

    [[nodiscard]] const std::string& content() const noexcept { return content_; }
    [[nodiscard]] const TableFacts& facts() const noexcept { return facts_; }

    /// Reads all of it in every way. True when every answer was exact; false when an error said
    /// where the damage is. A wrong answer fails the test.
    bool exact(const std::string& content) {
        put_file(content);
        auto table = Table::open(*files_, path_, {.number = 12}, nullptr);
        if (!table) {
            check_error(table.error());
            return false;
        }
        bool all = walk(**table, true);
        all = walk(**table, false) && all;
        for (const Version& version : versions_) {
            auto found = (*table)->find(version.key, version.sequence);
            if (!found) {
                check_error(found.error());
                all = false;
                continue;
            }
            REQUIRE(found->has_value());
            REQUIRE(to_version((*found)->entry) == version);
            REQUIRE((*table)->may_contain(hash64(version.key, 0)));
        }
        return all;
    }

    /// Findings of a check without any expectation from elsewhere.
    std::size_t findings(const std::string& content) {
        put_file(content);
        CheckReport report;
        must(verify_table(*files_, path_, {}, CheckOptions{}, report));
        for (const Finding& finding : report.findings) {
            CHECK(finding.file == path_);
            CHECK(finding.offset <= content.size());
        }
        return report.findings.size();
    }

  private:
    void put_file(const std::string& content) {
        static_cast<void>(files_->unlink(path_));
        create_file(*files_, path_, content);
    }

    bool walk(Table& table, bool forward) {
        const auto cursor = table.cursor(CacheUse::none);
        for (std::size_t i = 0; i < versions_.size(); ++i) {
            auto more = i == 0 ? (forward ? cursor->seek_first() : cursor->seek_last())
                               : (forward ? cursor->next() : cursor->prev());
            if (!more) {
                check_error(more.error());
                return false;
            }
            REQUIRE(*more);
            REQUIRE(to_version(cursor->entry()) ==
                    versions_[forward ? i : versions_.size() - 1 - i]);
        }
        auto more = forward ? cursor->next() : cursor->prev();
        REQUIRE(more);
        REQUIRE_FALSE(*more);
        return true;
    }

    void check_error(const Error& error) const {
        CAPTURE(error.message);
        REQUIRE((error.code == ErrorCode::corruption || error.code == ErrorCode::unsupported));
        REQUIRE(error.message.starts_with(path_ + ": at "));
    }

    std::vector<Version> versions_;
    std::shared_ptr<StrictFileSystem> files_ = StrictFileSystem::create();
    std::string path_ = "/damaged.sst";
    std::string content_;
    TableFacts facts_;
};

Specimen small_table(Compression codec) {
    TableBuilderOptions options = plain_options();
    options.codec = codec;
    options.block_size = 160;
    options.store_id = {};
    options.writer = {};
    const std::string value(60, 'v');
    return {parse_versions("apple#3,put:" + value + " apple#1,put:red banana#2,del cherry#" +
                           "5,put_expiring@9:" + value + " cherry#4,put:" + value),
            options};
}

/// Bytes that belong to no block and not to the footer.
std::size_t gap_bytes(const std::string& content) {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/t", content);
    const TableFile file = must(TableFile::open(*files, "/t", {}));
    const auto index = must(file.read_index());
    std::size_t gaps = content.size() - table_footer_size;
    for (const BlockHandle& handle :
         {file.footer().index(), file.footer().filter(), file.footer().properties()}) {
        gaps -= handle.size + block_trailer_size;
    }
    for (std::uint32_t i = 0; i < index->view.count(); ++i) {
        gaps -= handle_at(index->view, i).size + block_trailer_size;
    }
    return gaps;
}

TEST_CASE("every flipped bit is noticed or harmless") {
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        Specimen specimen = small_table(codec);
        const std::string& good = specimen.content();
        REQUIRE(specimen.exact(good));
        REQUIRE(specimen.findings(good) == 0);
        std::size_t harmless = 0;
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            std::string bad = good;
            bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
            CAPTURE(bit);
            harmless += specimen.exact(bad) ? 1U : 0U;
            REQUIRE(specimen.findings(bad) > 0);
        }
        // Only the zeros between blocks are under no check; the check of a file notices them too.
        CHECK(harmless == 8 * gap_bytes(good));
    }
}

TEST_CASE("a table that is cut short is refused at every length") {
    Specimen specimen = small_table(Compression::lz4);
    for (std::size_t size = 0; size < specimen.content().size(); ++size) {
        CAPTURE(size);
        REQUIRE_FALSE(specimen.exact(specimen.content().substr(0, size)));
        REQUIRE(specimen.findings(specimen.content().substr(0, size)) > 0);
    }
    CHECK_FALSE(specimen.exact(specimen.content() + std::string(64, '\0')));
}

/// Replaces a field of the footer and makes its check right again.
template <typename T>
std::string with_footer_field(std::string content, std::size_t at, T value) {
    char* footer = content.data() + content.size() - table_footer_size;
    store(footer + at, value);
    store(footer + 48, hash64({footer, 48}, 0));
    return content;
}

TEST_CASE("hostile footers") {
    Specimen specimen = small_table(Compression::none);
    const std::string& good = specimen.content();
    for (const std::size_t at : {24U, 28U, 32U}) {
        for (const std::uint32_t size :
             {0U, 1U, 15U, 64U, 0x3fffffffU, 0x40000000U, 0x7fffffffU, 0xfffffff0U, 0xffffffffU}) {
            CAPTURE(at);
            CAPTURE(size);
            // Without a filter all answers are still right.
            const bool no_filter = at == 24 && size == 0;
            CHECK(specimen.exact(with_footer_field(good, at, size)) == no_filter);
            CHECK(specimen.findings(with_footer_field(good, at, size)) > 0);
        }
    }
    for (const std::uint64_t length :
         {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 32}) {
        CHECK_FALSE(specimen.exact(with_footer_field(good, 0, length)));
    }
    CHECK_FALSE(specimen.exact(with_footer_field(good, 16, std::uint64_t{0})));
    CHECK(specimen.exact(with_footer_field(good, 44, ~std::uint32_t{0})));
}

TEST_CASE("a later version or an unknown required bit is unsupported") {
    Specimen specimen = small_table(Compression::none);
    const auto files = StrictFileSystem::create();
    create_file(*files, "/v", with_footer_field(specimen.content(), 36, std::uint16_t{2}));
    create_file(*files, "/b", with_footer_field(specimen.content(), 40, std::uint32_t{4}));
    const Error version = must_fail(Table::open(*files, "/v", {}, nullptr));
    CHECK(version.code == ErrorCode::unsupported);
    CHECK(version.message.find("version 2, this program reads 1") != std::string::npos);
    const Error bit = must_fail(Table::open(*files, "/b", {}, nullptr));
    CHECK(bit.code == ErrorCode::unsupported);
    CHECK(bit.message.find("00000004") != std::string::npos);
}

/// Replaces bytes of a block, with or without its trailer, and makes its check right again.
std::string with_block_bytes(std::string content, const BlockHandle& handle, std::size_t at,
                             Bytes bytes) {
    bytes.copy(content.data() + handle.offset + at, bytes.size());
    const std::uint64_t salt = plain_options().salt;
    char* end = content.data() + handle.end();
    const Bytes checked{content.data() + handle.offset, handle.size + 8U};
    store(end - 8, hash64(checked, salt + handle.offset));
    return content;
}

TEST_CASE("hostile blocks under a right check never crash") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        Specimen specimen = small_table(codec);
        const auto files = StrictFileSystem::create();
        create_file(*files, "/good", specimen.content());
        const TableFile file = must(TableFile::open(*files, "/good", {}));
        const auto index = must(file.read_index());
        std::vector<BlockHandle> blocks{file.footer().index(), file.footer().filter(),
                                        file.footer().properties()};
        for (std::uint32_t i = 0; i < index->view.count(); ++i) {
            blocks.push_back(handle_at(index->view, i));
        }
        for (int i = 0; i < 6000; ++i) {
            const BlockHandle& block = blocks[random.below(blocks.size())];
            const std::size_t at = random.below(block.size + 8);
            const char extreme = random.one_in(2) ? '\xff' : '\0';
            const std::string bytes =
                random.one_in(2) ? random.bytes(1) : std::string(random.between(1, 4), extreme);
            const std::size_t fits = std::min<std::size_t>(bytes.size(), block.size + 8 - at);
            const std::string content =
                with_block_bytes(specimen.content(), block, at, Bytes{bytes}.substr(0, fits));
            const auto other = StrictFileSystem::create();
            create_file(*other, "/t", content);
            CheckReport report;
            must(verify_table(*other, "/t", {}, CheckOptions{}, report));
            auto table = Table::open(*other, "/t", {}, nullptr);
            if (table) {
                const auto cursor = (*table)->cursor(CacheUse::fill);
                std::string last;
                auto more = cursor->seek_first();
                for (; more && *more; more = cursor->next()) {
                    CHECK(Bytes{last} <= cursor->entry().key);
                    last = cursor->entry().key;
                }
            }
        }
    }
}

TEST_CASE("a raw length that promises too much is refused before memory is spent") {
    Specimen specimen = small_table(Compression::lz4);
    const auto files = StrictFileSystem::create();
    create_file(*files, "/good", specimen.content());
    const TableFile file = must(TableFile::open(*files, "/good", {}));
    const BlockHandle first = handle_at(must(file.read_index())->view, 0);
    for (const std::uint32_t raw : {0U, 1U, 67U << 20, 0x7fffffffU, 0xffffffffU}) {
        std::string bytes;
        append(bytes, raw);
        CHECK_FALSE(specimen.exact(with_block_bytes(specimen.content(), first, first.size, bytes)));
    }
}

TEST_CASE("tables exchanged in a directory are noticed") {
    Specimen one = small_table(Compression::none);
    const auto files = StrictFileSystem::create();
    create_file(*files, "/000000000012.sst", one.content());
    TableFacts facts = one.facts();
    facts.footer_check += 1;
    CHECK(must_fail(read_back(*files, "/000000000012.sst", facts, 0)).code ==
          ErrorCode::corruption);
}

}  // namespace
}  // namespace strata::test
