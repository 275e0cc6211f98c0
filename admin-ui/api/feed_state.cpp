#include "admin-ui/api/feed_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "admin-ui/api/json_writer.hpp"

namespace leveret::admin {

namespace {

std::string quoted_text(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

std::string head_of(std::string_view kind, const FrameHead& head) {
    return fmt::format(R"({{"k":"{}","i":{},"s":{},"ts":{})", kind, head.subscription,
                       head.sequence, head.at);
}

template <class Items, class Write>
std::string joined(const Items& items, Write&& write) {
    std::string out;
    for (const auto& item : items) {
        if (!out.empty()) out += ',';
        out += write(item);
    }
    return out;
}

std::string member(const std::pair<std::string, std::string>& one) {
    return fmt::format("{}:{}", quoted_text(one.first), one.second);
}

std::string row_json(const TableState::Row& row) {
    std::string out = "[" + quoted_text(row.key);
    for (const std::string& cell : row.cells) out += "," + cell;
    return out + "]";
}

const std::string* find(const ObjectState& object, std::string_view name) {
    const auto found = std::find_if(object.begin(), object.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found == object.end() ? nullptr : &found->second;
}

std::string object_diff(const ObjectState& from, const ObjectState& to) {
    ObjectState changed;
    for (const auto& [name, value] : to) {
        const std::string* const before = find(from, name);
        if (before == nullptr || *before != value) changed.emplace_back(name, value);
    }
    std::vector<std::string> gone;
    for (const auto& [name, value] : from) {
        if (find(to, name) == nullptr) gone.push_back(name);
    }
    std::string out = fmt::format(R"(,"v":{{{}}})", joined(changed, member));
    if (!gone.empty()) out += fmt::format(R"(,"del":[{}])", joined(gone, quoted_text));
    return out;
}

/// The longest part of `values` that rises: the rows that need not move.
std::unordered_set<std::size_t> longest_rising(const std::vector<std::size_t>& values) {
    std::vector<std::size_t> ends;  // places in `values`: the smallest end of each length
    std::vector<std::optional<std::size_t>> before(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto place = std::lower_bound(
            ends.begin(), ends.end(), values[i],
            [&](std::size_t end, std::size_t value) { return values[end] < value; });
        if (place != ends.begin()) before[i] = *(place - 1);
        if (place == ends.end()) {
            ends.push_back(i);
        } else {
            *place = i;
        }
    }
    std::unordered_set<std::size_t> rising;
    for (auto at = ends.empty() ? std::nullopt : std::optional(ends.back()); at; at = before[*at]) {
        rising.insert(values[*at]);
    }
    return rising;
}

std::string table_diff(const TableState& from, const TableState& to) {
    std::unordered_map<std::string_view, std::size_t> old_places;
    for (std::size_t i = 0; i < from.rows.size(); ++i) old_places.emplace(from.rows[i].key, i);
    std::vector<std::size_t> stayed;  // old places, in the new order
    for (const auto& row : to.rows) {
        if (const auto found = old_places.find(row.key); found != old_places.end()) {
            stayed.push_back(found->second);
        }
    }
    const auto kept = longest_rising(stayed);
    std::vector<std::size_t> gone;
    for (std::size_t i = 0; i < from.rows.size(); ++i) {
        if (!kept.contains(i)) gone.push_back(i);
    }
    std::string added;
    std::string changed;
    for (std::size_t i = 0; i < to.rows.size(); ++i) {
        const auto found = old_places.find(to.rows[i].key);
        if (found == old_places.end() || !kept.contains(found->second)) {
            added += fmt::format("{}[{},{}]", added.empty() ? "" : ",", i, row_json(to.rows[i]));
            continue;
        }
        std::string cells;
        const auto& before = from.rows[found->second].cells;
        for (std::size_t n = 0; n < to.rows[i].cells.size(); ++n) {
            if (to.rows[i].cells[n] == before[n]) continue;
            // Column 0 is the key.
            cells +=
                fmt::format(R"({}"{}":{})", cells.empty() ? "" : ",", n + 1, to.rows[i].cells[n]);
        }
        if (cells.empty()) continue;
        changed += fmt::format("{}[{},{{{}}}]", changed.empty() ? "" : ",", i, cells);
    }
    return fmt::format(R"(,"set":[{}],"add":[{}],"del":[{}],"total":{})", changed, added,
                       joined(gone, [](std::size_t place) { return std::to_string(place); }),
                       to.total);
}

}  // namespace

std::string snap_frame(const FrameHead& head, const FeedState& state, std::string_view more) {
    std::string frame = head_of("snap", head);
    if (const auto* object = std::get_if<ObjectState>(&state)) {
        frame += fmt::format(R"(,"v":{{{}}})", joined(*object, member));
    } else {
        const auto& table = std::get<TableState>(state);
        frame += fmt::format(R"(,"total":{},"offset":{},"cols":["key")", table.total, table.offset);
        for (const std::string& column : table.columns) frame += "," + quoted_text(column);
        frame += fmt::format(R"(],"rows":[{}])", joined(table.rows, row_json));
    }
    frame += more;
    return frame + "}";
}

std::string diff_frame(const FrameHead& head, const FeedState& from, const FeedState& to) {
    std::string frame = head_of("diff", head);
    if (const auto* object = std::get_if<ObjectState>(&to)) {
        frame += object_diff(std::get<ObjectState>(from), *object);
    } else {
        frame += table_diff(std::get<TableState>(from), std::get<TableState>(to));
    }
    return frame + "}";
}

bool comparable(const FeedState& from, const FeedState& to) {
    if (from.index() != to.index()) return false;
    const auto* before = std::get_if<TableState>(&from);
    if (before == nullptr) return true;
    const auto& after = std::get<TableState>(to);
    return before->columns == after.columns && before->offset == after.offset;
}

void MemberSplitter::separate() {
    if (comma_) members_.back().second += ',';
    comma_ = true;
}

template <class Append>
void MemberSplitter::scalar(Append&& append) {
    separate();
    // One value alone has no comma to write.
    JsonWriter writer(members_.back().second);
    append(writer);
}

void MemberSplitter::begin_object() {
    if (depth_++ == 0) return;
    separate();
    members_.back().second += '{';
    comma_ = false;
}
void MemberSplitter::end_object() {
    if (--depth_ == 0) return;
    members_.back().second += '}';
    comma_ = true;
}
void MemberSplitter::begin_array() {
    ++depth_;
    separate();
    members_.back().second += '[';
    comma_ = false;
}
void MemberSplitter::end_array() {
    --depth_;
    members_.back().second += ']';
    comma_ = true;
}

void MemberSplitter::key(std::string_view name) {
    if (depth_ == 1) {
        members_.emplace_back(name, "");
        comma_ = false;
        return;
    }
    separate();
    append_quoted(members_.back().second, name);
    members_.back().second += ':';
    comma_ = false;
}

void MemberSplitter::text(std::string_view value) {
    scalar([&](JsonWriter& writer) { writer.text(value); });
}
void MemberSplitter::integer(std::int64_t value) {
    scalar([&](JsonWriter& writer) { writer.integer(value); });
}
void MemberSplitter::natural(std::uint64_t value) {
    scalar([&](JsonWriter& writer) { writer.natural(value); });
}
void MemberSplitter::number(double value) {
    scalar([&](JsonWriter& writer) { writer.number(value); });
}
void MemberSplitter::boolean(bool value) {
    scalar([&](JsonWriter& writer) { writer.boolean(value); });
}
void MemberSplitter::null() {
    scalar([&](JsonWriter& writer) { writer.null(); });
}

}  // namespace leveret::admin
