// Parts of what an object says: chosen columns, or the one value that a list is sorted by.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "admin-ui/api/json_sink.hpp"

namespace leveret::admin {

/// The columns that a request asks for: `name,message_stats.publish`. A dot reaches into an object.
class Columns {
public:
    Columns() = default;
    explicit Columns(std::string_view list);

    /// Nothing was asked for: all is wanted.
    [[nodiscard]] bool empty() const { return children_.empty(); }
    /// Returns: what is wanted of this member, nullptr when it is not. An empty one is all of it.
    [[nodiscard]] const Columns* find(std::string_view name) const;

private:
    std::map<std::string, std::unique_ptr<Columns>, std::less<>> children_;
};

/// Hands the chosen members of one object on; those it lacks are left out.
/// Lifetime: columns and sink outlive it.
class ColumnSelection final : public JsonSink {
public:
    ColumnSelection(const Columns& columns, JsonSink& sink) : columns_(columns), sink_(sink) {}

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
    /// An object that is open and of which some members are wanted.
    struct Level {
        const Columns* wanted;
        std::string name;    ///< its own key
        bool begun = false;  ///< the sink knows of it
    };
    template <class Pass>
    void scalar(Pass&& pass);
    void begin_levels();
    void value_ended() { chosen_ = nullptr; }

    const Columns& columns_;
    JsonSink& sink_;
    std::vector<Level> levels_;
    const Columns* chosen_ = nullptr;  ///< what is wanted of the member whose key was last
    std::string key_;
    int passing_ = 0;   ///< depth inside a value that is wanted whole
    int skipping_ = 0;  ///< depth inside a value that is not wanted
};

/// What a list is sorted by. Missing values come first, then numbers, truths, texts.
using SortKey = std::variant<std::monostate, double, bool, std::string>;

/// Catches the scalar at a dotted path.
class SortProbe final : public JsonSink {
public:
    explicit SortProbe(std::string_view path);

    /// Returns: what was found since the last call.
    [[nodiscard]] SortKey take() { return std::exchange(found_, {}); }

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
    void null() override {}

private:
    [[nodiscard]] bool here() const { return matched_ == path_.size() && depth_ == matched_; }

    std::vector<std::string> path_;
    std::size_t depth_ = 0;    ///< of open objects and arrays
    std::size_t matched_ = 0;  ///< leading names of the path that the open keys match
    SortKey found_;
};

}  // namespace leveret::admin
