// Lists: filtered, sorted, cut into pages.
#include "admin-ui/api/list.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <optional>

#include "tests/support/catch.hpp"
#include "tests/unit/api/api_error.hpp"

using namespace leveret::admin;
using leveret::tests::api_error_of;
namespace asio = boost::asio;

namespace {

struct Item {
    std::string vhost;
    std::string name;
    int messages;
};

std::unique_ptr<ListItems> sample() {
    std::vector<Item> items{{"/", "orders", 5},
                            {"/", "Audit", 0},
                            {"b", "emails", 7},
                            {"/", "orders.eu", 5},
                            {"a", "zeta", 2}};
    return std::make_unique<ItemsOf<Item>>(std::move(items), [](const Item& item, JsonSink& out) {
        out.object([&] {
            out.member("name", item.name);
            if (item.messages > 0) out.member("messages", item.messages);
        });
    });
}

asio::awaitable<Reply> reply_to(std::string_view text, ListRooms& rooms) {
    ListQuery query = parse_list_query(parse_query(text));
    ListRoom room = co_await rooms.enter();
    co_return co_await list_reply(std::move(query), std::move(room), sample());
}

/// The body of the reply to this query.
std::string answer(std::string_view text) {
    asio::io_context context;
    ListRooms rooms(context);
    std::optional<Reply> reply;
    std::exception_ptr failure;
    asio::co_spawn(context, reply_to(text, rooms), [&](std::exception_ptr thrown, Reply got) {
        failure = std::move(thrown);
        reply = std::move(got);
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    if (!reply->source) return reply->body;
    std::string body;
    while (reply->source->next(body)) {
    }
    return body;
}

std::string refused(std::string_view text) {
    return api_error_of([&] { (void)answer(text); });
}

}  // namespace

TEST_CASE("a list comes by vhost and name when nothing else is asked for", "[api][list]") {
    CHECK(answer("columns=name") ==
          R"([{"name":"Audit"},{"name":"orders"},{"name":"orders.eu"},{"name":"zeta"},)"
          R"({"name":"emails"}])");
}

TEST_CASE("a list is sorted by any key, equals by name, missing ones first", "[api][list]") {
    CHECK(answer("columns=name&sort=messages") ==
          R"([{"name":"Audit"},{"name":"zeta"},{"name":"orders"},{"name":"orders.eu"},)"
          R"({"name":"emails"}])");
    CHECK(answer("columns=name&sort=messages&sort_reverse=true") ==
          R"([{"name":"emails"},{"name":"orders"},{"name":"orders.eu"},{"name":"zeta"},)"
          R"({"name":"Audit"}])");
    CHECK(answer("columns=name&sort=no.such.key") == answer("columns=name"));
}

TEST_CASE("an empty sort leaves the order alone", "[api][list]") {
    CHECK(answer("columns=name&sort=") ==
          R"([{"name":"orders"},{"name":"Audit"},{"name":"emails"},{"name":"orders.eu"},)"
          R"({"name":"zeta"}])");
}

TEST_CASE("a page has seven keys, and filters come before it is cut", "[api][list]") {
    CHECK(answer("page=1&page_size=1&name=ORDERS&columns=name") ==
          R"({"filtered_count":2,"item_count":1,"items":[{"name":"orders"}],"page":1,)"
          R"("page_count":2,"page_size":1,"total_count":5})");
    CHECK(answer("page=2&page_size=1&name=orders&columns=name") ==
          R"({"filtered_count":2,"item_count":1,"items":[{"name":"orders.eu"}],"page":2,)"
          R"("page_count":2,"page_size":1,"total_count":5})");
    CHECK(answer("page=1&name=nothing") ==
          R"({"filtered_count":0,"item_count":0,"items":[],"page":1,"page_count":0,)"
          R"("page_size":100,"total_count":5})");
}

TEST_CASE("a name is a regular expression when that is asked for", "[api][list]") {
    CHECK(answer("page=1&name=^orders$&use_regex=true&columns=name").find("orders.eu") ==
          std::string::npos);
    CHECK(answer("page=1&name=^AU&use_regex=true").find("Audit") != std::string::npos);
    CHECK(refused("page=1&name=^a(&use_regex=true")
              .starts_with("400 bad_request: invalid regular expression"));
    CHECK(refused("page=1&use_regex=true&name=" + std::string(1025, 'a')) ==
          "400 bad_request: a regular expression may have 1024 characters");
}

TEST_CASE("a name without a page filters nothing", "[api][list]") {
    CHECK(answer("name=orders&columns=name") == answer("columns=name"));
}

TEST_CASE("pages that are none are refused in RabbitMQ's words", "[api][list]") {
    CHECK(refused("page=0") ==
          "400 invalid_pagination_parameters: Invalid pagination parameters: "
          "page number 0, page size 100");
    CHECK(refused("page=1&page_size=501") ==
          "400 invalid_pagination_parameters: Invalid pagination parameters: page number 1, page "
          "size 501");
    CHECK(refused("page=abc") == "400 bad_request: Pagination parameters are invalid");
    CHECK(refused("page=1&page_size=") == "400 bad_request: Pagination parameters are invalid");
    CHECK(refused("page=99") ==
          "400 page_out_of_range: Page out of range, page: 99 page size: 100, len: 5");
}
