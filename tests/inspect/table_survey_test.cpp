// SPDX-License-Identifier: Apache-2.0
// Proves that a survey reads every sound block of a damaged table and names exactly the others:
// with an index and without, with each byte of the footer damaged, with bytes appended; tables of
// all codecs, made with values that look like trailers.
#include "inspect/table_survey.hpp"

#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/builder.hpp"
#include "table/table.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata::test {
namespace {

constexpr const char* path = "/000000000007.sst";
constexpr std::size_t entries = 400;

std::string key_of(std::size_t i) { return "key" + std::to_string(1000 + i); }

// Values hold numbers and runs of the bytes that trailers have.
std::string value_of(Random& random) {
    static const std::string decoy{"\x40\0\0\0\1\1\0\0\x20\0\0\0\0\1\0\0", 16};
    std::string value;
    const std::size_t pieces = 1 + random.below(6);
    for (std::size_t i = 0; i < pieces; ++i) {
        value += random.one_in(2) ? decoy : random.letters(random.below(20));
    }
    return value;
}

std::shared_ptr<StrictFileSystem> make_table(Compression codec) {
    auto files = StrictFileSystem::create();
    TableBuilderOptions options;
    options.number = 7;
    options.codec = codec;
    options.block_size = 512;
    options.salt = 99;
    const auto builder = must(TableBuilder::create(*files, "/", options));
    Random random{test_seed(3)};
    for (std::size_t i = 0; i < entries; ++i) {
        const std::string value = value_of(random);
        must(builder->add({.key = key_of(i), .sequence = i + 1, .value = value}));
    }
    must(builder->finish());
    return files;
}

std::vector<BlockHandle> handles_of(FileSystem& files) {
    const auto table = must(Table::open(files, path, {}, nullptr));
    std::vector<BlockHandle> handles;
    for (std::uint32_t i = 0; i < table->index().count(); ++i) {
        handles.push_back(handle_at(table->index(), i));
    }
    return handles;
}

void flip(FileSystem& files, std::uint64_t offset) {
    const auto file = must(files.open(path, OpenMode::write));
    char byte = 0;
    REQUIRE(must(file->read(offset, {&byte, 1})) == 1);
    byte = static_cast<char>(byte ^ 0x10);
    must(file->write(offset, {&byte, 1}));
}

struct Walk {
    std::vector<BlockHandle> blocks{};
    std::vector<LostBlocks> lost{};
    std::uint64_t entries = 0;
};
Walk walk(FileSystem& files) {
    const auto survey = must(TableSurvey::open(files, path, {.number = 7}));
    Walk result;
    while (true) {
        const TableSurvey::Step step = must(survey->next());
        if (step.lost) {
            result.lost.push_back(*step.lost);
        }
        if (!step.block) {
            return result;
        }
        result.blocks.push_back(step.block->handle);
        result.entries += step.block->view.count();
    }
}

TEST_CASE("survey: without index every block is found") {
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        CAPTURE(static_cast<int>(codec));
        const auto files = make_table(codec);
        const auto handles = handles_of(*files);
        const auto footer = must(Table::open(*files, path, {}, nullptr))->footer();
        REQUIRE(handles.size() > 10);
        CHECK(walk(*files).blocks == handles);
        flip(*files, footer.index().offset + 30);
        const Walk found = walk(*files);
        CHECK(found.blocks == handles);
        CHECK(found.lost.empty());
        CHECK(found.entries == entries);
        flip(*files, footer.properties().offset + 30);
        CHECK(walk(*files).blocks == handles);
    }
}

TEST_CASE("survey: damaged blocks are named, with the keys they may have held") {
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        for (const bool indexed : {true, false}) {
            for (const bool in_trailer : {true, false}) {
                CAPTURE(static_cast<int>(codec));
                CAPTURE(indexed);
                CAPTURE(in_trailer);
                const auto files = make_table(codec);
                const auto handles = handles_of(*files);
                if (!indexed) {
                    const auto footer = must(Table::open(*files, path, {}, nullptr))->footer();
                    flip(*files, footer.index().offset + 30);
                }
                for (const std::size_t i : {std::size_t{0}, std::size_t{4}, handles.size() - 1}) {
                    flip(*files, in_trailer ? handles[i].end() - 11 : handles[i].offset + 26);
                }
                const Walk found = walk(*files);
                REQUIRE(found.lost.size() == 3);
                CHECK(found.blocks.size() == handles.size() - 3);
                CHECK(found.lost[0].begin == 0);
                CHECK(found.lost[1].begin == handles[4].offset);
                CHECK(found.lost[1].end >= handles[4].end());
                CHECK(found.lost[1].end <= handles[5].offset);
                CHECK(found.lost[0].key_from == key_of(0));
                CHECK(found.lost[2].key_to == key_of(entries - 1));
                CHECK(*found.lost[1].key_from < *found.lost[1].key_to);
            }
        }
    }
}

TEST_CASE("survey: one damaged byte of the footer is mended") {
    const auto sound = make_table(Compression::none);
    const auto handles = handles_of(*sound);
    const std::uint64_t size = must(sound->status(path))->size;
    for (std::uint64_t at = size - 64; at < size; ++at) {
        CAPTURE(at);
        const auto files = make_table(Compression::none);
        flip(*files, at);
        const auto survey = must(TableSurvey::open(*files, path, {.number = 7}));
        CHECK(survey->footer().salt == 99);
        CHECK(survey->damage().size() == 1);
        CHECK(walk(*files).blocks == handles);
    }
}

TEST_CASE("survey: a block with a record that no store writes is not taken") {
    const auto files = StrictFileSystem::create();
    TableBuilderOptions options;
    options.number = 7;
    options.block_size = 256;
    const auto builder = must(TableBuilder::create(*files, "/", options));
    const std::string value(200, 'v');
    for (const Sequence sequence : {Sequence{4}, Sequence{0}, Sequence{5}}) {
        must(builder->add(
            {.key = key_of(builder->entries()), .sequence = sequence, .value = value}));
    }
    must(builder->finish());
    const Walk found = walk(*files);
    CHECK(found.blocks.size() == 2);
    REQUIRE(found.lost.size() == 1);
    CHECK(found.lost[0].message.find("sequence 0") != std::string::npos);
}

TEST_CASE("survey: a footer is found before appended bytes, and a lost one is said") {
    const auto files = make_table(Compression::lz4);
    const auto handles = handles_of(*files);
    const std::uint64_t size = must(files->status(path))->size;
    const auto file = must(files->open(path, OpenMode::write));
    must(file->write(size, "a line that an editor added\n"));
    CHECK(walk(*files).blocks == handles);
    must(file->truncate(size - 65));
    const Error error = must_fail(TableSurvey::open(*files, path, {.number = 7}));
    CHECK(error.code == ErrorCode::corruption);
    CHECK(error.message.find("without the footer") != std::string::npos);
    must(file->truncate(10));
    CHECK(must_fail(TableSurvey::open(*files, path, {})).code == ErrorCode::corruption);
    CHECK(must_fail(TableSurvey::open(*files, "/absent", {})).code == ErrorCode::not_found);
}

TEST_CASE("survey: a medium that refuses some bytes costs their blocks only") {
    const auto inner = make_table(Compression::none);
    const auto handles = handles_of(*inner);
    const auto files = FaultFileSystem::create(inner);
    int reads = 0;
    files->set_decide([&](const FileCall& call) {
        if (call.name != "read") {
            return Fault::none;
        }
        reads += 1;
        return reads == 8 ? Fault::fail_before : Fault::none;
    });
    const Walk found = walk(*files);
    CHECK(found.lost.size() == 1);
    CHECK(found.blocks.size() == handles.size() - 1);
}

}  // namespace
}  // namespace strata::test
