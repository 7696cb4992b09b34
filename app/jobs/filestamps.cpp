#include <app/jobs/filestamps.h>

#include <ldm/error.h>

#include <algorithm>
#include <string>
#include <system_error>

namespace app::jobs {

namespace fs = std::filesystem;

namespace {

constexpr int kDeepest = 3; ///< folders below that of a model

bool holdsWeights(const fs::path& file) {
    return file.extension() == ".safetensors" || file.extension() == ".gguf";
}

} // namespace

FileStamps::FileStamps(const ldm::OpenRequest& request) {
    const std::vector<std::string> embedded = ldm::embeddedModels();
    for (const std::string& model : {request.model, request.base})
        if (!model.empty() && std::find(embedded.begin(), embedded.end(), model) == embedded.end()) add(model);
    for (const ldm::LoraChoice& lora : request.loras) add(lora.file);
}

/// What cannot be listed is left to those who open it.
void FileStamps::add(const fs::path& path) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
        m_stamps.push_back(stampOf(path));
        return;
    }
    auto entry = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry.depth() >= kDeepest) entry.disable_recursion_pending();
        if (holdsWeights(entry->path()) && entry->is_regular_file(error)) m_stamps.push_back(stampOf(entry->path()));
    }
}

FileStamps::Stamp FileStamps::stampOf(const fs::path& file) {
    std::error_code gone;
    Stamp stamp{file, fs::file_size(file, gone), {}};
    stamp.written = fs::last_write_time(file, gone);
    return stamp;
}

std::vector<fs::path> FileStamps::files() const {
    std::vector<fs::path> files;
    for (const Stamp& stamp : m_stamps) files.push_back(stamp.file);
    return files;
}

fs::path FileStamps::changed() const {
    const auto other =
        std::find_if(m_stamps.begin(), m_stamps.end(), [](const Stamp& stamp) { return stampOf(stamp.file) != stamp; });
    return other == m_stamps.end() ? fs::path() : other->file;
}

void FileStamps::requireUnchanged() const {
    const fs::path file = changed();
    if (!file.empty())
        throw ldm::badInput("The file " + file.string() +
                            " was changed or removed after the model was opened; open the model again.");
}

} // namespace app::jobs
