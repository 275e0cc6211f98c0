#include "admin-ui/api/console_files.hpp"

#include <string>

#include "admin-ui/api/assets.hpp"
#include "admin-ui/api/gate.hpp"
#include "admin-ui/api/gzip.hpp"

namespace leveret::admin {

namespace {

constexpr std::string_view no_console_page =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Leveret</title>"
    "<h1>Leveret runs, without its console</h1>"
    "<p>This broker was built without Node, so it has no pages. Its HTTP API is at "
    "<a href=\"/api/overview\">/api/overview</a>, and <code>leveret ctl</code> speaks to it.</p>";

Reply html(unsigned status, std::string_view page) {
    Reply reply;
    reply.status = status;
    reply.body = page;
    reply.fields.add("content-type", "text/html; charset=utf-8");
    return reply;
}

Reply file_reply(const Request& request, const Asset& asset) {
    Reply reply;
    reply.fields.add("content-type", asset.content_type);
    reply.fields.add("etag", asset.etag);
    reply.fields.add("cache-control",
                     asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (request.fields.find("if-none-match") == asset.etag) {
        reply.status = 304;
        return reply;
    }
    const std::string_view accepted = request.fields.find("accept-encoding").value_or("");
    if (!asset.brotli.empty() && accepts_encoding(accepted, "br")) {
        reply.fields.add("content-encoding", "br");
        reply.body = asset.brotli;
    } else if (!asset.gzip.empty() && accepts_encoding(accepted, "gzip")) {
        reply.fields.add("content-encoding", "gzip");
        reply.body = asset.gzip;
    } else {
        reply.body = asset.identity;
    }
    return reply;
}

Reply not_found() { return error_reply(404, "Object Not Found", "Not Found"); }

std::string joined(const Target& target) {
    std::string path;
    for (const std::string& segment : target.segments) path += "/" + segment;
    return path;
}

/// Whether a person's browser asks for a page, not a script for a file.
bool wants_page(const Request& request) {
    return request.fields.find("accept").value_or("").find("text/html") != std::string_view::npos;
}

}  // namespace

Reply console_reply(const Request& request, const Target& target) {
    if (request.method == Method::options) {
        Reply reply;
        reply.fields.add("allow", "HEAD, GET, OPTIONS");
        return reply;
    }
    if (!is_safe(request.method)) {
        Reply reply;
        reply.status = 405;
        reply.fields.add("allow", "HEAD, GET, OPTIONS");
        return reply;
    }
    const Asset* const page = find_asset(console_page);
    if (target.segments.empty()) {
        // A fragment (#/queues) is kept by the browser over this: old links work.
        if (page == nullptr) return html(200, no_console_page);
        Reply reply;
        reply.status = 302;
        reply.fields.add("location", "ui/");
        return reply;
    }
    if (const Asset* const asset = find_asset(joined(target))) return file_reply(request, *asset);
    if (page == nullptr || !wants_page(request)) return not_found();
    return file_reply(request, *page);
}

}  // namespace leveret::admin
