#include "tests/power/power_loss.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace leveret::test {

namespace {

constexpr std::uint64_t page_octets = 4096;

void put(std::string& file, std::uint64_t offset, const std::string& octets) {
    if (file.size() < offset + octets.size()) file.resize(offset + octets.size());
    std::copy(octets.begin(), octets.end(), file.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

void DiskAfterPowerLoss::add(std::uint64_t offset, const std::string& octets) {
    ++writes_;
    for (std::size_t at = 0; at < octets.size();) {
        const std::uint64_t left_of_page = page_octets - (offset + at) % page_octets;
        std::string part = octets.substr(at, left_of_page);
        const std::size_t size = part.size();
        unsynced_.push_back({writes_, offset + at, std::move(part)});
        at += size;
    }
}

void DiskAfterPowerLoss::follow(const DiskEvent& event) {
    switch (event.kind) {
        case DiskEvent::Kind::write:
            add(event.offset, event.octets);
            break;
        case DiskEvent::Kind::durable_write: {
            const std::uint64_t page = event.offset / page_octets;
            std::erase_if(unsynced_, [&](const Unsynced& one) {
                if (one.offset / page_octets != page) return false;
                put(durable_, one.offset, one.octets);
                return true;
            });
            put(durable_, event.offset, event.octets);
            break;
        }
        case DiskEvent::Kind::sync:
            for (const Unsynced& one : unsynced_) put(durable_, one.offset, one.octets);
            unsynced_.clear();
            break;
        case DiskEvent::Kind::lost_sync:
            for (const Unsynced& one : unsynced_) {
                if (random_() % 2 == 0) put(durable_, one.offset, one.octets);
            }
            unsynced_.clear();
            break;
        case DiskEvent::Kind::handed_over:
        case DiskEvent::Kind::answered:
            break;
    }
}

void DiskAfterPowerLoss::write_image(const std::filesystem::path& file, Survivors survivors,
                                     std::uint32_t seed) const {
    // Written over the image before, whose pages are there already.
    std::ofstream(file, std::ios::app).close();
    std::fstream image(file, std::ios::in | std::ios::out | std::ios::binary);
    std::filesystem::resize_file(
        file, std::min<std::uintmax_t>(std::filesystem::file_size(file), durable_.size()));
    const auto put_part = [&](std::uint64_t offset, const std::string& octets) {
        image.seekp(static_cast<std::streamoff>(offset));
        image.write(octets.data(), static_cast<std::streamsize>(octets.size()));
    };
    put_part(0, durable_);
    std::mt19937 random(seed);
    // Few, half or most of them: each finds other mistakes.
    const std::uint32_t percent = std::vector<std::uint32_t>{15, 50, 85}[random() % 3];
    const auto chance = [&] { return random() % 100 < percent; };
    std::uint64_t write = 0;
    bool whole = false;
    for (const Unsynced& one : unsynced_) {
        if (one.write != write) whole = chance();
        write = one.write;
        bool survives = true;
        switch (survivors) {
            case Survivors::some_pages:
                survives = chance();
                break;
            case Survivors::whole_writes:
                survives = whole;
                break;
            case Survivors::only_roots:
                survives = one.offset < 2 * page_octets;
                break;
            case Survivors::all:
                break;
            case Survivors::none:
                survives = false;
                break;
        }
        if (survives) put_part(one.offset, one.octets);
    }
    if (!image.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace leveret::test
