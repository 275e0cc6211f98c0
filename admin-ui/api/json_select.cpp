#include "admin-ui/api/json_select.hpp"

#include <algorithm>
#include <utility>

namespace leveret::admin {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return parts;
}

}  // namespace

Columns::Columns(std::string_view list) {
    for (const std::string& path : split(list, ',')) {
        Columns* at = this;
        bool all = false;  // a shorter path wants all of what this one wants a part of
        for (const std::string& name : split(path, '.')) {
            const bool known = at->children_.contains(name);
            auto& child = at->children_[name];
            if (!known) child = std::make_unique<Columns>();
            if (known && child->empty()) all = true;
            if (all) break;
            at = child.get();
        }
        if (at != this && !all) at->children_.clear();
    }
}

const Columns* Columns::find(std::string_view name) const {
    const auto found = children_.find(name);
    return found == children_.end() ? nullptr : found->second.get();
}

void ColumnSelection::begin_levels() {
    for (Level& level : levels_) {
        if (std::exchange(level.begun, true)) continue;
        sink_.key(level.name);
        sink_.begin_object();
    }
}

template <class Pass>
void ColumnSelection::scalar(Pass&& pass) {
    if (skipping_ > 0) return;
    if (passing_ > 0) return pass();
    if (chosen_ == nullptr || !chosen_->empty()) return value_ended();
    begin_levels();
    sink_.key(key_);
    pass();
    value_ended();
}

void ColumnSelection::begin_object() {
    if (skipping_ > 0) {
        ++skipping_;
    } else if (passing_ > 0) {
        ++passing_;
        sink_.begin_object();
    } else if (levels_.empty()) {
        levels_.push_back({&columns_, "", true});
        sink_.begin_object();
    } else if (chosen_ == nullptr) {
        skipping_ = 1;
    } else if (chosen_->empty()) {
        begin_levels();
        sink_.key(key_);
        sink_.begin_object();
        passing_ = 1;
    } else {
        levels_.push_back({chosen_, key_, false});
        chosen_ = nullptr;
    }
}

void ColumnSelection::end_object() {
    if (skipping_ > 0) {
        if (--skipping_ == 0) value_ended();
    } else if (passing_ > 0) {
        sink_.end_object();
        if (--passing_ == 0) value_ended();
    } else {
        if (levels_.back().begun) sink_.end_object();
        levels_.pop_back();
        value_ended();
    }
}

void ColumnSelection::begin_array() {
    if (skipping_ > 0) {
        ++skipping_;
    } else if (passing_ > 0) {
        ++passing_;
        sink_.begin_array();
    } else if (chosen_ == nullptr || !chosen_->empty()) {
        skipping_ = 1;
    } else {
        begin_levels();
        sink_.key(key_);
        sink_.begin_array();
        passing_ = 1;
    }
}

void ColumnSelection::end_array() {
    if (skipping_ > 0) {
        if (--skipping_ == 0) value_ended();
        return;
    }
    sink_.end_array();
    if (--passing_ == 0) value_ended();
}

void ColumnSelection::key(std::string_view name) {
    if (skipping_ > 0) return;
    if (passing_ > 0) return sink_.key(name);
    chosen_ = levels_.back().wanted->find(name);
    if (chosen_ != nullptr) key_ = name;
}

void ColumnSelection::text(std::string_view value) {
    scalar([&] { sink_.text(value); });
}
void ColumnSelection::integer(std::int64_t value) {
    scalar([&] { sink_.integer(value); });
}
void ColumnSelection::natural(std::uint64_t value) {
    scalar([&] { sink_.natural(value); });
}
void ColumnSelection::number(double value) {
    scalar([&] { sink_.number(value); });
}
void ColumnSelection::boolean(bool value) {
    scalar([&] { sink_.boolean(value); });
}
void ColumnSelection::null() {
    scalar([&] { sink_.null(); });
}

SortProbe::SortProbe(std::string_view path) : path_(split(path, '.')) {}

void SortProbe::begin_object() { ++depth_; }
void SortProbe::end_object() {
    --depth_;
    matched_ = std::min(matched_, depth_);
}
void SortProbe::begin_array() { ++depth_; }
void SortProbe::end_array() { end_object(); }

void SortProbe::key(std::string_view name) {
    matched_ = std::min(matched_, depth_ - 1);
    if (matched_ == depth_ - 1 && matched_ < path_.size() && path_[matched_] == name) ++matched_;
}

void SortProbe::text(std::string_view value) {
    if (here()) found_ = std::string(value);
}
void SortProbe::integer(std::int64_t value) {
    if (here()) found_ = static_cast<double>(value);
}
void SortProbe::natural(std::uint64_t value) {
    if (here()) found_ = static_cast<double>(value);
}
void SortProbe::number(double value) {
    if (here()) found_ = value;
}
void SortProbe::boolean(bool value) {
    if (here()) found_ = value;
}

}  // namespace leveret::admin
