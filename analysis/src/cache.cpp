#include <analysis/cache.h>

#include <analysis/merge.h>

#include <ldm/error.h>
#include <ldm/files.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

namespace analysis {

namespace {

namespace fs = std::filesystem;

/// Raised whenever a change of this program changes numbers: older files are not found any more then.
constexpr int kNumbersVersion = 3;

constexpr const char* kSuffix = ".analysis.json";

/// Everything that changes numbers, and nothing else.
std::string keyOf(const Analysis& analysis) {
    Analysis inputs;
    inputs.model.fingerprint = analysis.model.fingerprint;
    inputs.settings = analysis.settings;
    inputs.settings.metrics = {Metric::Local};
    inputs.settings.formats.clear();
    inputs.settings.latents.clear();
    ldm::Sha256 hash;
    hash.add(std::to_string(kNumbersVersion) + ' ' + toJson(inputs));
    return hash.hex();
}

/// A kept analysis of these inputs, if there is one that can be read.
std::optional<Analysis> read(const fs::path& file, const Analysis& inputs) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::nullopt;
    try {
        Analysis kept = loadAnalysis(file);
        if (sameInputs(kept, inputs)) return kept;
    } catch (const ldm::Error&) { // damaged: it will be replaced
    }
    return std::nullopt;
}

fs::path folderIn(const char* variable) {
    const char* value = std::getenv(variable);
    const fs::path folder = value ? value : "";
    return folder.is_absolute() ? folder : fs::path(); // as the XDG base directory specification wants it
}

struct Kept {
    fs::file_time_type used;
    fs::path path;
    std::uint64_t bytes = 0;
};

std::vector<Kept> keptFiles(const fs::path& folder) {
    std::vector<Kept> files;
    std::error_code ignored; // files may go meanwhile
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (!entry.path().string().ends_with(kSuffix)) continue;
        std::error_code gone;
        const std::uint64_t bytes = entry.file_size(gone);
        if (!gone) files.push_back({entry.last_write_time(ignored), entry.path(), bytes});
    }
    return files;
}

} // namespace

AnalysisCache::AnalysisCache(fs::path folder, std::uint64_t mostBytes)
    : m_folder(std::move(folder)), m_mostBytes(mostBytes) {
}

fs::path AnalysisCache::standardFolder() {
    fs::path base = folderIn("XDG_CACHE_HOME");
    if (base.empty() && !folderIn("HOME").empty()) base = folderIn("HOME") / ".cache";
    return base.empty() ? base : base / "noisefloor" / "analysis";
}

fs::path AnalysisCache::fileOf(const Analysis& analysis) const {
    return m_folder / (keyOf(analysis) + kSuffix);
}

Analysis AnalysisCache::recalled(Analysis start) const {
    if (m_folder.empty()) return start;
    const fs::path file = fileOf(start);
    const auto kept = read(file, start);
    if (!kept) return start;
    std::error_code ignored;
    fs::last_write_time(file, fs::file_time_type::clock::now(), ignored); // used now
    return withKnownValues(std::move(start), *kept);
}

void AnalysisCache::remember(const Analysis& result) const {
    if (m_folder.empty()) return;
    std::error_code error;
    fs::create_directories(m_folder, error);
    if (error)
        throw ldm::Error(ldm::ErrorKind::WriteFailed,
                         "cannot make the folder '" + m_folder.string() + "': " + error.message() + ".");
    const fs::path file = fileOf(result);
    const auto kept = read(file, result);
    saveAnalysis(kept ? merged(*kept, result) : result, file);
    makeRoom(file);
}

std::uint64_t AnalysisCache::sizeBytes() const {
    std::uint64_t total = 0;
    for (const Kept& file : keptFiles(m_folder)) total += file.bytes;
    return total;
}

void AnalysisCache::clear() const {
    for (const Kept& file : keptFiles(m_folder)) {
        std::error_code error;
        fs::remove(file.path, error);
        if (error)
            throw ldm::Error(ldm::ErrorKind::WriteFailed, "cannot delete '" + file.path.string() + "': " +
                                                              error.message() + "; check the rights of its folder.");
    }
}

void AnalysisCache::makeRoom(const fs::path& kept) const {
    std::vector<Kept> files = keptFiles(m_folder);
    std::uint64_t total = sizeBytes();
    std::sort(files.begin(), files.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
    std::error_code ignored; // files may go meanwhile
    for (const Kept& file : files) {
        if (total <= m_mostBytes) return;
        if (file.path == kept) continue;
        fs::remove(file.path, ignored);
        total -= file.bytes;
    }
}

} // namespace analysis
