// SPDX-License-Identifier: Apache-2.0
#include "common/ledger.hpp"

#include "common/escape.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

namespace strata::tools {
namespace {

std::string key_text(const std::string& key, bool ascii) {
    std::string text;
    append_word(text, key, ascii);
    return text;
}

std::string keys_text(const RepairLoss& loss, bool ascii) {
    if (!loss.key_from && !loss.key_to) {
        return "any key";
    }
    if (!loss.key_from) {
        return fmt::format("keys up to {}", key_text(*loss.key_to, ascii));
    }
    if (!loss.key_to) {
        return fmt::format("keys from {}", key_text(*loss.key_from, ascii));
    }
    return fmt::format("keys {} to {}", key_text(*loss.key_from, ascii),
                       key_text(*loss.key_to, ascii));
}

std::string sequences_text(const RepairLoss& loss) {
    if (loss.sequence_to == sequence_max) {
        return loss.sequence_from <= 1 ? "any sequence"
                                       : fmt::format("sequences from {}", loss.sequence_from);
    }
    return fmt::format("sequences {} to {}", loss.sequence_from, loss.sequence_to);
}

}  // namespace

std::string& LedgerWriter::begin() {
    std::string& out = output_.buffer();
    if (document_) {
        out += first_ ? "[\n" : ",\n";
    }
    first_ = false;
    return out;
}

void LedgerWriter::end() {
    if (!document_) {
        output_.buffer() += '\n';
    }
    output_.flush_if_full();
}

void LedgerWriter::suspect(const RepairSuspect& suspect) {
    {
        JsonObject object{begin(), style_};
        object.text("type", "suspect");
        object.bytes("key", suspect.key);
        object.big_number("seq", suspect.sequence);
        object.number("loss", suspect.loss);
    }
    end();
}

void LedgerWriter::loss(std::size_t index, const RepairLoss& loss) {
    {
        JsonObject object{begin(), style_};
        object.text("type", "loss");
        object.number("loss", index);
        object.text("kind", loss.kind);
        object.text("file", loss.file);
        object.number("offset", loss.offset);
        object.number("size", loss.size);
        if (loss.key_from) {
            object.bytes("key_from", *loss.key_from);
        }
        if (loss.key_to) {
            object.bytes("key_to", *loss.key_to);
        }
        if (loss.sequence_to != 0) {
            object.big_number("seq_from", loss.sequence_from);
            if (loss.sequence_to != sequence_max) {
                object.big_number("seq_to", loss.sequence_to);
            }
        }
        if (loss.sequence_to == 0 || loss.records_max) {
            object.number("records_max", loss.records_max.value_or(0));
        }
        object.text("message", loss.message);
    }
    end();
}

void LedgerWriter::damage(const Finding& finding) {
    {
        JsonObject object{begin(), style_};
        object.text("type", "damage");
        object.text("file", finding.file);
        object.number("offset", finding.offset);
        object.text("message", finding.message);
    }
    end();
}

void LedgerWriter::note(std::string_view note) {
    {
        JsonObject object{begin(), style_};
        object.text("type", "note");
        object.text("message", note);
    }
    end();
}

void LedgerWriter::verdict(const std::string& verdict, bool complete,
                           const std::function<void(JsonObject&)>& add) {
    {
        JsonObject object{begin(), style_};
        object.text("type", "verdict");
        object.boolean("complete", complete);
        object.text("verdict", verdict);
        add(object);
    }
    if (document_) {
        output_.buffer() += "\n]";
    }
    output_.buffer() += '\n';
    output_.flush_if_full();
}

std::string loss_text(const RepairLoss& loss, bool ascii) {
    std::string text = fmt::format("{} at {}", loss.file, loss.offset);
    if (loss.size != 0) {
        text += fmt::format(", {}", size_text(loss.size));
    }
    text += fmt::format(": {}\n", loss.message);
    if (loss.sequence_to == 0) {
        return text;
    }
    text += fmt::format("    {}: {}, {}", loss.kind == "torn-tail" ? "dropped" : "lost",
                        keys_text(loss, ascii), sequences_text(loss));
    if (loss.records_max) {
        text += fmt::format(", at most {}", count_of(*loss.records_max, "record"));
    }
    return text + '\n';
}

}  // namespace strata::tools
