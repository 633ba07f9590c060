// SPDX-License-Identifier: Apache-2.0
#include "table/table.hpp"

#include "base/error.hpp"
#include "table/table_cursor.hpp"

#include <utility>

namespace strata {

Result<std::shared_ptr<Table>> Table::open(FileSystem& files, const std::string& path,
                                           const TableIdentity& identity,
                                           std::shared_ptr<BlockCache> cache, bool mapped) {
    auto file = STRATA_TRY(TableFile::open(files, path, identity));
    if (mapped) {
        file.map();
    }
    auto table = std::make_shared<Table>(Private{}, std::move(file), std::move(cache));
    STRATA_TRY(table->load());
    return table;
}

Table::Table(Private, TableFile file, std::shared_ptr<BlockCache> cache) noexcept
    : file_{std::move(file)}, cache_{std::move(cache)} {}

Table::~Table() {
    if (cache_ != nullptr) {
        cache_->forget(slots_);
        cache_->charge(-static_cast<std::ptrdiff_t>(charge_));
    }
}

Status Table::load() {
    const TableFooter& footer = file_.footer();
    index_ = STRATA_TRY(file_.read_index());
    charge_ = index_->charge();
    if (footer.filter_size != 0) {
        filter_block_ = STRATA_TRY(file_.read_section(footer.filter(), BlockKind::filter));
        const auto filter = FilterView::parse({filter_block_->data(), footer.filter_size});
        if (!filter) {
            return corruption_at(path(), footer.filter().offset, "{}", filter.error().message);
        }
        filter_ = *filter;
        charge_ += filter_block_->charge();
    }
    const auto block = STRATA_TRY(file_.read_section(footer.properties(), BlockKind::properties));
    auto properties = decode_properties({block->data(), footer.properties_size});
    if (!properties) {
        return corruption_at(path(), footer.properties().offset, "{}", properties.error().message);
    }
    properties_ = properties.take_value();
    if (cache_ != nullptr) {
        slots_ = BlockSlots{index().count()};
        charge_ += slots_.charge();
        cache_->charge(static_cast<std::ptrdiff_t>(charge_));
    } else {
        charge_ = 0;
    }
    return {};
}

Result<std::optional<Table::Found>> Table::find(Bytes key, Sequence at, BlockReads* reads) const {
    for (std::uint32_t i = index().lower_bound(key).index; i < index().count(); ++i) {
        BlockPin pin = STRATA_TRY(block(i, reads));
        const BlockView& view = pin.view();
        const BlockView::Position found = view.lower_bound(key, at);
        if (found.index < view.count()) {
            if (!found.key_equal) {
                return std::optional<Found>{};
            }
            const BlockRecord record = view.record(found.index);
            const Entry entry{.key = key,
                              .sequence = record.sequence,
                              .kind = record.kind,
                              .value = record.value,
                              .expiry = record.expiry};
            return std::optional<Found>{Found{entry, std::move(pin)}};
        }
        // The block ends before the version that was asked for. Only when its versions go on in
        // the next block is the separator the key itself.
        if (index().compare_key(i, key) != 0) {
            break;
        }
    }
    return std::optional<Found>{};
}

std::unique_ptr<Cursor> Table::cursor(CacheUse use, BlockReads* reads) const {
    return std::make_unique<TableCursor>(shared_from_this(), use, reads);
}

std::uint64_t Table::offset_of(Bytes key) const noexcept {
    const std::uint32_t position = index().lower_bound(key).index;
    return position < index().count() ? handle_at(index(), position).offset : data_end();
}

std::uint64_t Table::data_end() const noexcept {
    return handle_at(index(), index().count() - 1).end();
}

Result<BlockPin> Table::block(std::uint32_t position, BlockReads* reads) const {
    if (reads != nullptr) [[unlikely]] {
        reads->last = position;
    }
    if (cache_ != nullptr) {
        BlockPin pin = cache_->find(slots_, position);
        if (pin) {
            if (reads != nullptr) [[unlikely]] {
                ++reads->cached;
            }
            return pin;
        }
    }
    if (reads != nullptr) [[unlikely]] {
        ++reads->read;
        reads->bytes_read += handle_at(index(), position).size + block_trailer_size;
    }
    return read_block(position);
}

Result<BlockPin> Table::read_block(std::uint32_t position) const {
    auto frame = STRATA_TRY(file_.read_data(handle_at(index(), position)));
    STRATA_TRY(file_.check_bounds(index(), position, frame->view));
    if (cache_ == nullptr) {
        return BlockPin{std::move(frame)};
    }
    return cache_->insert(slots_, position, std::move(frame));
}

}  // namespace strata
