// JSON in and out.
#include <limits>

#include "admin-ui/api/json_select.hpp"
#include "admin-ui/api/json_value.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/api/api_error.hpp"

using namespace leveret::admin;
using leveret::tests::api_error_of;

namespace {

template <class Value>
std::string written(const Value& value) {
    return json([&](JsonSink& out) { out.value(value); });
}

void sample(JsonSink& out) {
    out.object([&] {
        out.member("name", "q");
        out.object("stats", [&] {
            out.member("publish", 3);
            out.object("details", [&] { out.member("rate", 1.5); });
        });
        out.array("list", [&] { out.object([&] { out.member("name", "inner"); }); });
        out.member("last", true);
    });
}

std::string selected(std::string_view columns) {
    const Columns wanted(columns);
    return json([&](JsonSink& out) {
        ColumnSelection selection(wanted, out);
        sample(selection);
    });
}

SortKey probed(std::string_view path) {
    SortProbe probe(path);
    sample(probe);
    return probe.take();
}

}  // namespace

TEST_CASE("integers are written as integers and fractions as numbers with a point", "[api][json]") {
    CHECK(written(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
    CHECK(written(std::int64_t{-5}) == "-5");
    CHECK(written(12.4) == "12.4");
    CHECK(written(0.0) == "0.0");
    CHECK(written(1e21) == "1e+21");
    CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "0.0");
    CHECK(written(std::numeric_limits<double>::infinity()) == "0.0");
}

TEST_CASE("texts are escaped, and what is no UTF-8 is replaced", "[api][json]") {
    CHECK(written("a\"b\\c\n\x01") == R"("a\"b\\c\n\u0001")");
    CHECK(written("é€😀") == "\"é€😀\"");
    CHECK(written("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
    CHECK(written("\xC3") == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("commas stand between values and nowhere else", "[api][json]") {
    CHECK(json(sample) == R"({"name":"q","stats":{"publish":3,"details":{"rate":1.5}},)"
                          R"("list":[{"name":"inner"}],"last":true})");
    CHECK(json([](JsonSink& out) { out.array([] {}); }) == "[]");
}

TEST_CASE("columns choose members, also inside of objects, and lose what is not there",
          "[api][json][columns]") {
    CHECK(selected("name") == R"({"name":"q"})");
    CHECK(selected("stats.publish,last") == R"({"stats":{"publish":3},"last":true})");
    CHECK(selected("stats.details.rate") == R"({"stats":{"details":{"rate":1.5}}})");
    CHECK(selected("stats") == R"({"stats":{"publish":3,"details":{"rate":1.5}}})");
    CHECK(selected("stats,stats.publish") == selected("stats"));
    CHECK(selected("stats.publish,stats") == selected("stats"));
    CHECK(selected("list") == R"({"list":[{"name":"inner"}]})");
    CHECK(selected("nothing,stats.nothing,name.deeper,list.name") == "{}");
}

TEST_CASE("a list is sorted by the scalar at a path", "[api][json][sort]") {
    CHECK(probed("name") == SortKey("q"));
    CHECK(probed("stats.publish") == SortKey(3.0));
    CHECK(probed("stats.details.rate") == SortKey(1.5));
    CHECK(probed("last") == SortKey(true));
    for (const char* path : {"rate", "publish", "stats", "list.name", "nothing", ""}) {
        CHECK(probed(path) == SortKey{});
    }
}

TEST_CASE("JSON of a request is read into values", "[api][json]") {
    const JsonObject object = parse_body(
        R"({"a":1,"b":-2.5,"c":"x\u00e9","d":[true,null],"e":{"f":{}},"a":2,"big":18446744073709551615})");
    CHECK(*find(object, "a")->as<std::int64_t>() == 2);
    CHECK(*find(object, "b")->as<double>() == -2.5);
    CHECK(*find(object, "c")->as<std::string>() == "xé");
    CHECK(find(object, "d")->as<JsonArray>()->size() == 2);
    CHECK(find(object, "d")->as<JsonArray>()->at(1).is_null());
    CHECK(find(*find(object, "e")->as<JsonObject>(), "f")->as<JsonObject>()->empty());
    CHECK(find(object, "big")->as<double>() != nullptr);
    CHECK(find(object, "missing") == nullptr);
}

TEST_CASE("no body, null and undefined are an empty object", "[api][json]") {
    const char* const body = GENERATE("", "  ", "null", "undefined", "{}");
    CHECK(parse_body(body).empty());
}

TEST_CASE("a body that is no object is refused", "[api][json]") {
    const auto refused = [](std::string_view body) {
        return api_error_of([&] { (void)parse_body(body); });
    };
    CHECK(refused("{") == "400 bad_request: not_json");
    CHECK(refused("{}x") == "400 bad_request: not_json");
    CHECK(refused("{\"a\":1,}") == "400 bad_request: not_json");
    CHECK(refused("[]") == "400 bad_request: the body must be a JSON object");
    CHECK(refused("\"{}\"").find("encoded twice") != std::string::npos);
    CHECK(refused("\"text\"") == "400 bad_request: the body must be a JSON object");
}

TEST_CASE("JSON may have a bounded number of values", "[api][json]") {
    const auto array = [](std::size_t values) {
        std::string text = "[0";
        for (std::size_t i = 1; i < values; ++i) text += ",0";
        return text + "]";
    };
    CHECK_NOTHROW(parse_json(array(199'999)));  // and the array itself
    CHECK(api_error_of([&] { (void)parse_json(array(200'000)); }) ==
          "400 bad_request: JSON may have 200000 values");
}

TEST_CASE("JSON nested as deep as is allowed is read, deeper is refused", "[api][json]") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK_NOTHROW(parse_json(nested(64)));
    CHECK(api_error_of([&] { (void)parse_json(nested(65)); }) ==
          "400 bad_request: JSON is nested deeper than 64");
    CHECK(api_error_of([&] { (void)parse_json(nested(100'000)); }) ==
          "400 bad_request: JSON is nested deeper than 64");
}
