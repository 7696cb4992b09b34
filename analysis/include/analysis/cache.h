#pragma once

#include <analysis/sqnr.h>

#include <cstdint>
#include <filesystem>

namespace analysis {

/// What was measured before, in any program of this user: one file for each model and settings with all maps measured
/// for them, so that only maps that are new are measured. Files are written aside and renamed; what cannot be read is
/// as if it were not there. Any thread, any number of processes.
class AnalysisCache {
public:
    /// An empty folder keeps nothing. Above `mostBytes` in all, the files used longest ago go.
    explicit AnalysisCache(std::filesystem::path folder, std::uint64_t mostBytes = std::uint64_t{256} << 20);
    /// "noisefloor/analysis" below $XDG_CACHE_HOME, else below ~/.cache; empty where there is neither.
    static std::filesystem::path standardFolder();

    /// The planned or partial analysis with every value known.
    Analysis recalled(Analysis start) const;
    /// Adds a result, complete or partial. Throws WriteFailed; the result is no worse for it.
    void remember(const Analysis& result) const;
    /// Of all kept files.
    std::uint64_t sizeBytes() const;
    /// Forgets everything. Throws WriteFailed if a file cannot be deleted.
    void clear() const;

private:
    std::filesystem::path fileOf(const Analysis& analysis) const;
    void makeRoom(const std::filesystem::path& kept) const;

    std::filesystem::path m_folder;
    std::uint64_t m_mostBytes;
};

} // namespace analysis
