// Lists: filtered, sorted, cut into pages and rendered, a slice of the admin thread's time at a
// time. What the items are is the affair of who calls.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "admin-ui/api/http_message.hpp"
#include "admin-ui/api/json_sink.hpp"
#include "admin-ui/api/list_query.hpp"
#include "admin-ui/api/list_rooms.hpp"

namespace leveret::admin {

/// The items of a list.
class ListItems {
public:
    virtual ~ListItems() = default;
    [[nodiscard]] virtual std::size_t size() const = 0;
    /// What they are sorted by when nothing else is asked for.
    [[nodiscard]] virtual std::string_view vhost(std::size_t item) const = 0;
    [[nodiscard]] virtual std::string_view name(std::size_t item) const = 0;
    /// Whether the item is one that `filter` asks for.
    [[nodiscard]] virtual bool matches(std::size_t item, const NameFilter& filter) const {
        return filter.matches(name(item));
    }
    virtual void render(std::size_t item, JsonSink& out) const = 0;
};

/// Items of one type, with a vhost and a name.
template <class Item>
class ItemsOf : public ListItems {
public:
    using Render = std::function<void(const Item&, JsonSink&)>;

    ItemsOf(std::vector<Item> items, Render render)
        : items_(std::move(items)), render_(std::move(render)) {}

    [[nodiscard]] std::size_t size() const override { return items_.size(); }
    [[nodiscard]] std::string_view vhost(std::size_t item) const override {
        if constexpr (requires { items_[item].vhost; }) {
            return items_[item].vhost;
        } else {
            return {};
        }
    }
    [[nodiscard]] std::string_view name(std::size_t item) const override {
        if constexpr (requires { items_[item].name; }) {
            return items_[item].name;
        } else {
            return {};
        }
    }
    void render(std::size_t item, JsonSink& out) const override { render_(items_[item], out); }

protected:
    std::vector<Item> items_;
    Render render_;
};

/// An array of all items, streamed, or the page that was asked for. `room` was entered before the
/// items were asked for.
/// Throws: ApiError(400) when the page is out of range.
[[nodiscard]] boost::asio::awaitable<Reply> list_reply(ListQuery query, ListRoom room,
                                                       std::unique_ptr<ListItems> items);

/// Returns: the places of the items that match, in the order asked for.
[[nodiscard]] boost::asio::awaitable<std::vector<std::size_t>> arrange(const ListQuery& query,
                                                                       const ListItems& items);

/// One object, or the columns of it that were asked for.
[[nodiscard]] Reply object_reply(const Query& query, const std::function<void(JsonSink&)>& render);

}  // namespace leveret::admin
