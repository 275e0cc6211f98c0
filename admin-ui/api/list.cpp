#include "admin-ui/api/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/slices.hpp"

namespace leveret::admin {

namespace {

namespace asio = boost::asio;

/// How many items are looked at before the clock is.
constexpr std::size_t items_per_look = 64;

void render(const Columns& columns, const ListItems& items, std::size_t item, JsonSink& out) {
    if (columns.empty()) return items.render(item, out);
    ColumnSelection selection(columns, out);
    items.render(item, selection);
}

/// Renders a whole list while it is sent.
class ListBody final : public BodySource {
public:
    ListBody(ListRoom room, Columns columns, std::unique_ptr<ListItems> items,
             std::vector<std::size_t> order)
        : room_(std::move(room)),
          columns_(std::move(columns)),
          items_(std::move(items)),
          order_(std::move(order)) {}

    bool next(std::string& out) override {
        if (at_ == 0) out += '[';
        while (at_ < order_.size() && out.size() < limits::render_octets) {
            if (at_ > 0) out += ',';
            JsonWriter writer(out);
            render(columns_, *items_, order_[at_++], writer);
        }
        if (at_ < order_.size()) return true;
        out += ']';
        return false;
    }

private:
    const ListRoom room_;
    Columns columns_;
    std::unique_ptr<ListItems> items_;
    std::vector<std::size_t> order_;
    std::size_t at_ = 0;
};

asio::awaitable<std::vector<std::size_t>> matching(const ListQuery& query, const ListItems& items) {
    std::vector<std::size_t> places(items.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    if (!query.name) co_return places;
    Slices slices;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (items.matches(i, *query.name)) places[kept++] = i;
        if (i % items_per_look == 0 && slices.used_up()) co_await slices.rest();
    }
    places.resize(kept);
    co_return places;
}

asio::awaitable<std::vector<SortKey>> sort_keys(std::string_view path, const ListItems& items,
                                                const std::vector<std::size_t>& places) {
    std::vector<SortKey> keys(items.size());
    SortProbe probe(path);
    Slices slices;
    for (std::size_t i = 0; i < places.size(); ++i) {
        items.render(places[i], probe);
        keys[places[i]] = probe.take();
        if (i % items_per_look == 0 && slices.used_up()) co_await slices.rest();
    }
    co_return keys;
}

Reply json_reply(std::string body) {
    Reply reply;
    reply.body = std::move(body);
    return reply;
}

}  // namespace

asio::awaitable<std::vector<std::size_t>> arrange(const ListQuery& query, const ListItems& items) {
    std::vector<std::size_t> places = co_await matching(query, items);
    if (query.sort && query.sort->empty()) co_return places;
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
        return std::tuple(items.vhost(a), items.name(a)) <
               std::tuple(items.vhost(b), items.name(b));
    });
    if (query.sort) {
        const std::vector<SortKey> keys = co_await sort_keys(*query.sort, items, places);
        std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
            return query.reverse ? keys[b] < keys[a] : keys[a] < keys[b];
        });
    } else if (query.reverse) {
        std::reverse(places.begin(), places.end());
    }
    co_return places;
}

asio::awaitable<Reply> list_reply(ListQuery query, ListRoom room,
                                  std::unique_ptr<ListItems> items) {
    room.hold(items->size());
    std::vector<std::size_t> order = co_await arrange(query, *items);
    if (!query.page) {
        Reply reply;
        reply.source = std::make_unique<ListBody>(std::move(room), std::move(query.columns),
                                                  std::move(items), std::move(order));
        co_return reply;
    }
    const auto [number, size] = *query.page;
    const std::uint64_t pages = (order.size() + size - 1) / size;
    if (number > std::max<std::uint64_t>(pages, 1)) {
        throw ApiError(400, "page_out_of_range",
                       fmt::format("Page out of range, page: {} page size: {}, len: {}", number,
                                   size, order.size()));
    }
    const std::size_t begin = (number - 1) * size;
    const std::size_t end = std::min(order.size(), begin + size);
    co_return json_reply(json([&](JsonSink& out) {
        out.object([&] {
            out.member("filtered_count", order.size());
            out.member("item_count", end - begin);
            out.array("items", [&] {
                for (std::size_t i = begin; i < end; ++i) {
                    render(query.columns, *items, order[i], out);
                }
            });
            out.member("page", number);
            out.member("page_count", pages);
            out.member("page_size", size);
            out.member("total_count", items->size());
        });
    }));
}

Reply object_reply(const Query& query, const std::function<void(JsonSink&)>& render) {
    const Columns columns(query.find("columns").value_or(""));
    return json_reply(json([&](JsonSink& out) {
        if (columns.empty()) return render(out);
        ColumnSelection selection(columns, out);
        render(selection);
    }));
}

}  // namespace leveret::admin
