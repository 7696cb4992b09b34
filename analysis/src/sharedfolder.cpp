#include <analysis/sharedfolder.h>

#include <analysis/merge.h>

#include "journal.h"

#include <ldm/error.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace analysis {

namespace {

namespace fs = std::filesystem;

// Bytes of the journal that serve as locks.
constexpr std::int64_t kSaving = 1;
constexpr std::int64_t kPresent = 16; ///< and one for each process
constexpr std::int64_t kUnits = kPresent + SharedFolder::kMostProcesses;

constexpr const char* kJournal = "journal";
constexpr const char* kSaved = "saved";
constexpr const char* kRemoved = "removed";
constexpr const char* kSuffix = ".shares";
constexpr const char* kPart = "part-";
constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::seconds kFlushInterval{1};

/// Units that happen to have the same lock merely wait for each other.
std::int64_t lockOf(const std::string& unit) {
    constexpr std::size_t kManyLocks = std::size_t{1} << 40;
    return kUnits + std::int64_t(std::hash<std::string>()(unit) % kManyLocks);
}

std::string doneLine(const std::string& unit) {
    return "done " + unit;
}

std::string enteredLine(int place) {
    return "entered " + std::to_string(place);
}

std::string fileName(std::string words) {
    std::replace_if(
        words.begin(), words.end(), [](unsigned char c) { return !std::isalnum(c) && c != '-'; }, '_');
    return words;
}

void removeFolder(const fs::path& folder) {
    std::error_code ignored; // it will be removed the next time
    if (fs::is_regular_file(folder / kJournal, ignored)) fs::remove_all(folder, ignored);
}

/// Folders of former processes beside a result.
std::vector<fs::path> foldersBeside(const fs::path& result) {
    std::vector<fs::path> folders;
    std::error_code ignored; // they may go meanwhile
    const std::string prefix = result.filename().string() + '.';
    for (const auto& entry : fs::directory_iterator(fs::absolute(result).parent_path(), ignored)) {
        const std::string name = entry.path().filename().string();
        const bool isOurs = name.starts_with(prefix) && name.find('.', prefix.size()) == name.rfind(kSuffix);
        if (isOurs && name.ends_with(kSuffix) && fs::exists(entry.path() / kJournal, ignored))
            folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

/// The parts in a folder that can be read and are of the same inputs.
std::vector<Analysis> partsIn(const fs::path& folder, const Analysis& inputs) {
    std::vector<fs::path> files;
    std::error_code ignored; // they may go meanwhile
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().filename().string().starts_with(kPart)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<Analysis> parts;
    for (const fs::path& file : files) {
        try {
            Analysis part = loadAnalysis(file);
            if (sameInputs(part, inputs)) parts.push_back(std::move(part));
        } catch (const ldm::Error&) { // gone or damaged: what it held is measured again
        }
    }
    return parts;
}

/// In the order of one process, whoever has measured what.
std::vector<UniformResult> inOrder(const Analysis& start, const std::vector<UniformResult>& found) {
    std::vector<UniformResult> ordered = start.uniform;
    for (const UniformResult& wanted : missingUniform(start)) {
        const auto result = std::find_if(found.begin(), found.end(), [&](const UniformResult& one) {
            return one.format == wanted.format && one.columns == wanted.columns;
        });
        if (result != found.end()) ordered.push_back(*result);
    }
    return ordered;
}

Analysis withParts(const Analysis& start, const std::vector<Analysis>& parts) {
    Analysis result = start;
    for (const Analysis& part : parts) result = withKnownValues(std::move(result), part);
    result.uniform = inOrder(start, result.uniform);
    result.timingSeconds = start.timingSeconds;
    for (const Analysis& part : parts)
        for (const auto& [stage, seconds] : part.timingSeconds)
            result.timingSeconds[stage] = std::max(result.timingSeconds[stage], seconds);
    return result;
}

} // namespace

fs::path SharedFolder::beside(const fs::path& result, const std::string& job) {
    return result.string() + '.' + fileName(job) + kSuffix;
}

Analysis SharedFolder::withLeftovers(Analysis start, const fs::path& result) {
    for (const fs::path& folder : foldersBeside(result)) start = withParts(start, partsIn(folder, start));
    return start;
}

void SharedFolder::removeLeftovers(const fs::path& result) {
    for (const fs::path& folder : foldersBeside(result)) {
        try {
            if (!Journal(folder / kJournal).isLocked(kPresent, kMostProcesses)) removeFolder(folder);
        } catch (const ldm::Error&) { // it will be removed the next time
        }
    }
}

SharedFolder::SharedFolder(fs::path folder, TeamPlace place) : m_folder(std::move(folder)), m_place(place) {
    if (place.place < 0 || place.place >= place.processes || place.processes > kMostProcesses)
        throw ldm::badInput("process " + std::to_string(place.place + 1) + " of " + std::to_string(place.processes) +
                            " cannot take part; start at most " + std::to_string(kMostProcesses) + ".");
    std::error_code error;
    fs::create_directory(m_folder, error);
    if (error)
        throw ldm::Error(ldm::ErrorKind::WriteFailed, "cannot make the folder '" + m_folder.string() + "': " +
                                                          error.message() + "; choose another place for --out.");
    m_journal = std::make_unique<Journal>(m_folder / kJournal);
    if (!m_journal->tryLock(kPresent + place.place))
        throw ldm::badInput("another process has place " + std::to_string(place.place) + " in '" + m_folder.string() +
                            "'; give every analysis its own --out.");
    m_journal->append({enteredLine(place.place)});
}

SharedFolder::~SharedFolder() = default;

bool SharedFolder::isDone(const std::string& unit) {
    return m_journal->holds(doneLine(unit));
}

void SharedFolder::release(const std::string& unit) {
    m_journal->unlock(lockOf(unit));
}

SharedFolder::Claim SharedFolder::claim(const std::string& unit) {
    if (isDone(unit)) return Claim::Done;
    if (!m_journal->tryLock(lockOf(unit))) {
        m_refused.insert(unit);
        return Claim::Busy;
    }
    if (!isDone(unit)) return Claim::Mine; // looked up anew: the lock's last holder may have finished it
    release(unit);
    return Claim::Done;
}

void SharedFolder::finished(const std::string& unit) {
    m_journal->append({doneLine(unit)});
    release(unit);
}

void SharedFolder::measured(const std::string& unit, const Analysis& soFar) {
    m_toTell.push_back(unit);
    if (std::chrono::steady_clock::now() - m_lastFlush > kFlushInterval) flush(soFar);
}

void SharedFolder::flush(const Analysis& soFar) {
    saveAnalysis(soFar, m_folder / (kPart + std::to_string(m_place.place) + ".analysis.json"));
    std::vector<std::string> lines;
    for (const std::string& unit : m_toTell) lines.push_back(doneLine(unit));
    m_journal->append(lines);
    for (const std::string& unit : m_toTell) release(unit);
    m_toTell.clear();
    m_lastFlush = std::chrono::steady_clock::now();
}

fs::path SharedFolder::fileOf(const std::string& unit) const {
    return m_folder / ("unit-" + fileName(unit));
}

bool SharedFolder::pause(const std::stop_token& stop) const {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any nothing;
    nothing.wait_for(lock, stop, kPause, [] { return false; });
    return !stop.stop_requested();
}

SharedFolder::Waited SharedFolder::waitForOthers(const std::stop_token& stop) {
    bool isLost = false;
    for (const std::string& unit : m_refused)
        for (bool isOver = false; !isOver;) {
            isOver = isDone(unit);
            if (!isOver && m_journal->tryLock(lockOf(unit))) {
                isLost = !isDone(unit) || isLost;
                release(unit);
                isOver = true;
            }
            if (!isOver && !pause(stop)) return Waited::Stopped;
        }
    m_refused.clear();
    return isLost ? Waited::SomeLost : Waited::AllDone;
}

Analysis SharedFolder::gathered(Analysis start) const {
    return withParts(start, partsIn(m_folder, start));
}

void SharedFolder::saveOnce(const std::function<void()>& save) {
    const Journal::Turn turn(*m_journal, kSaving);
    if (m_journal->holds(kSaved)) return;
    save();
    m_journal->append({kSaved});
}

/// True if all have been here and are gone.
bool SharedFolder::isEmpty() {
    for (int place = 0; place < m_place.processes; ++place)
        if (!m_journal->holds(enteredLine(place))) return false;
    return !m_journal->isLocked(kPresent, m_place.processes);
}

void SharedFolder::leave(const std::function<void()>& saveRest) {
    m_journal->unlock(kPresent + m_place.place);
    const Journal::Turn turn(*m_journal, kSaving);
    if (!isEmpty() || m_journal->holds(kRemoved)) return;
    if (!m_journal->holds(kSaved)) saveRest();
    m_journal->append({kRemoved});
    removeFolder(m_folder);
}

} // namespace analysis
