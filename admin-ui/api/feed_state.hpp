// What a subscription of the feed shows, and the frames that bring one state to the next: only what
// has changed is sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "admin-ui/api/json_sink.hpp"

namespace leveret::admin {

/// Members of an object, each value as JSON.
using ObjectState = std::vector<std::pair<std::string, std::string>>;

/// The rows in view of a list, each cell as JSON.
struct TableState {
    struct Row {
        std::string key;
        std::vector<std::string> cells;
        bool operator==(const Row&) const = default;
    };
    std::vector<std::string> columns;  ///< without the key, which comes first in every row
    std::vector<Row> rows;
    std::uint64_t offset = 0;
    std::uint64_t total = 0;
    bool operator==(const TableState&) const = default;
};

using FeedState = std::variant<ObjectState, TableState>;

/// What stands before the content of every frame of a subscription.
struct FrameHead {
    std::uint64_t subscription{};
    std::uint64_t sequence{};
    std::int64_t at{};  ///< epoch, ms
};

/// Returns: the whole state. `more` is appended to the frame's members, each with a leading comma.
[[nodiscard]] std::string snap_frame(const FrameHead& head, const FeedState& state,
                                     std::string_view more = {});

/// Returns: what leads from one state to the next; of tables with the same columns and offset.
/// Rule: of a table, first `del` (rows of the old one), then `add` (rows of the new one,
/// ascending),
///       then `set` (cells of the new one); of an object, `v` and then `del` (its keys).
[[nodiscard]] std::string diff_frame(const FrameHead& head, const FeedState& from,
                                     const FeedState& to);

/// Whether a diff can lead from one to the other.
[[nodiscard]] bool comparable(const FeedState& from, const FeedState& to);

/// Splits an object that is written into it into its members.
class MemberSplitter final : public JsonSink {
public:
    [[nodiscard]] ObjectState take() { return std::move(members_); }

    void begin_object() override;
    void end_object() override;
    void begin_array() override;
    void end_array() override;
    void key(std::string_view name) override;
    void text(std::string_view value) override;
    void integer(std::int64_t value) override;
    void natural(std::uint64_t value) override;
    void number(double value) override;
    void boolean(bool value) override;
    void null() override;

private:
    void separate();
    template <class Append>
    void scalar(Append&& append);

    ObjectState members_;
    int depth_ = 0;
    bool comma_ = false;
};

}  // namespace leveret::admin
