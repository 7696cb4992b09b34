#pragma once

#include <ldm/model.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace app::jobs {

/// The weight files of a model as they were when it was opened. Weights are read where they lie, so a file that is
/// written to while the model is open changes what is computed: it is asked before each piece of work whether they
/// are still the same, also those that other files took the place of. What happens during the work tells
/// ldm::requireWhole(). Plain value; any thread.
class FileStamps {
public:
    FileStamps() = default;
    /// Of the model, what lends it parts, and its LoRAs; none of an embedded model.
    explicit FileStamps(const ldm::OpenRequest& request);

    std::vector<std::filesystem::path> files() const;
    /// The first file that has another size or time now, or is gone; empty if there is none.
    std::filesystem::path changed() const;
    /// Throws ldm::Error (BadInput) that names it.
    void requireUnchanged() const;

private:
    struct Stamp {
        std::filesystem::path file;
        std::uintmax_t bytes = 0;
        std::filesystem::file_time_type written;
        bool operator==(const Stamp&) const = default;
    };
    static Stamp stampOf(const std::filesystem::path& file);
    void add(const std::filesystem::path& path);

    std::vector<Stamp> m_stamps;
};

} // namespace app::jobs
