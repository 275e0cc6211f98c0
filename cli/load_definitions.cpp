#include "cli/load_definitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "admin-ui/api/definitions_reader.hpp"
#include "admin-ui/api/error.hpp"
#include "admin-ui/api/limits.hpp"
#include "broker/insight/import_definitions.hpp"
#include "broker/log.hpp"

namespace leveret::cli {

namespace insight = broker::insight;

namespace {

/// The file, or those of the folder in the order of their names.
std::vector<std::filesystem::path> files_at(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return {path};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

/// Throws: std::runtime_error.
insight::Definitions read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error(fmt::format("load_definitions: cannot read {}", path.string()));
    const std::string text(std::istreambuf_iterator<char>(file), {});
    try {
        return admin::read_definitions(admin::parse_body(text, admin::limits::definitions_values),
                                       std::nullopt);
    } catch (const admin::ApiError& error) {
        throw std::runtime_error(fmt::format("{}: {}", path.string(), error.reason()));
    }
}

void warn(const std::filesystem::path& path, const insight::ImportReport& report) {
    for (const insight::ImportedItem& item : report.items) {
        if (item.reason.empty()) continue;
        broker::log::warning("{}: {} '{}': {}", path.string(), item.kind,
                             broker::log::escaped(item.name), broker::log::escaped(item.reason));
    }
}

}  // namespace

void load_definitions(broker::Broker& broker) {
    struct File {
        std::filesystem::path path;
        insight::Definitions definitions;
    };
    std::vector<File> files;
    bool brings_users = false;
    const std::filesystem::path& place = broker.config().load_definitions;
    if (!place.empty()) {
        for (const std::filesystem::path& path : files_at(place)) {
            files.push_back({path, read_file(path)});
            brings_users = brings_users || !files.back().definitions.users.empty();
        }
    }
    if (!brings_users) broker.first_start();
    for (File& file : files) {
        const auto report =
            insight::import_definitions(broker, {.definitions = std::move(file.definitions)});
        if (!report) {
            throw std::runtime_error(
                fmt::format("{}: {}", file.path.string(), report.refusal().explanation()));
        }
        warn(file.path, *report);
        broker::log::info("{}: {} created, {} changed, {} unchanged, {} skipped, {} left out",
                          file.path.string(), report->created, report->changed, report->unchanged,
                          report->skipped, report->left_out);
    }
}

}  // namespace leveret::cli
