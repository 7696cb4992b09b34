#include <app/session/sessionfile.h>
#include <app/session/sessionpath.h>
#include <app/session/setaside.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonnode.h>
#include <ldm/jsonreading.h>

#include <QFileInfo>
#include <QJsonDocument>

#include <cmath>
#include <limits>

namespace app::session {

namespace {

using ldm::JsonNode;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr std::size_t kMostFiles = 1000; ///< on the shelf of analyses
constexpr std::size_t kMostLocks = 10'000;
constexpr std::size_t kMostMaps = 1000;
constexpr std::size_t kMostLoras = 100;
constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestText = 1'000'000;   ///< of a prompt
constexpr std::size_t kLongestDraft = 64'000'000; ///< of a recipe being typed
constexpr int kMostSteps = 1000;
constexpr int kMostPixels = 1 << 16;
constexpr int kMostClipSkip = 100;
constexpr int kMostDevices = 64;

std::string textOf(const JsonNode& node, std::size_t longest) {
    std::string text = node.text();
    if (text.size() > longest) node.fail("is longer than " + std::to_string(longest) + " bytes.");
    return text;
}

/// Nothing, or an absolute path.
QString pathOf(const JsonNode& node, const QString& folder) {
    const std::string text = textOf(node, kLongestPath);
    for (const char character : text)
        if (static_cast<unsigned char>(character) < ' ') node.fail("is no path: it holds control characters.");
    return text.empty() ? QString() : meantPath(QString::fromStdString(text), folder);
}

QString requiredPath(const JsonNode& node, const QString& folder) {
    const QString path = pathOf(node, folder);
    if (path.isEmpty()) node.fail("must name a file.");
    return path;
}

double finite(const JsonNode& node) {
    const double number = node.number();
    if (!std::isfinite(number)) node.fail("is too large a number.");
    return number;
}

std::string modelPlace(const JsonNode& node, const QString& folder) {
    node.requireKeys({}, {"embedded", "path"});
    if (node.has("embedded") == node.has("path")) node.fail("must have either 'embedded' or 'path'.");
    return node.has("path") ? requiredPath(node["path"], folder).toStdString() : textOf(node["embedded"], kLongestPath);
}

void readModel(const JsonNode& node, const QString& folder, Session& session) {
    node.requireKeys({"open", "name", "fingerprint", "loras", "prediction", "device", "device_index", "precision"},
                     {"base"});
    session.request.model = modelPlace(node["open"], folder);
    for (const JsonNode& lora : node["loras"].items(kMostLoras)) {
        lora.requireKeys({"path", "weight"});
        session.request.loras.push_back({requiredPath(lora["path"], folder).toStdString(), finite(lora["weight"])});
    }
    if (node.has("base")) session.request.base = modelPlace(node["base"], folder);
    session.request.prediction = textOf(node["prediction"], kLongestPath);
    session.request.compute = {
        node["device"].oneOf({"cpu", "cuda"}) == "cuda" ? ldm::DeviceKind::Cuda : ldm::DeviceKind::Cpu,
        node["device_index"].integer(0, kMostDevices - 1),
        node["precision"].oneOf({"fp32", "bf16"}) == "bf16" ? ldm::Precision::Bf16 : ldm::Precision::Fp32};
    session.model.name = textOf(node["name"], kLongestPath);
    session.model.fingerprint = textOf(node["fingerprint"], kLongestPath);
}

/// A part that has a reader of its own; its complaints name the part and its own lines.
template <class Reader> auto readPart(const JsonNode& node, const QString& file, const char* what, Reader read) {
    return read(node.json().dump(1), file.toStdString() + " (" + what + ")");
}

quant::Recipe readRecipe(const JsonNode& node, const QString& file, const char* what) {
    return readPart(node, file, what, quant::parseRecipe);
}

ldm::GenerateSettings readSampling(const JsonNode& node, const QString& folder) {
    node.requireKeys({"prompt", "negative", "sampler", "steps", "guidance", "seed", "width", "height", "latents",
                      "latents_row", "latents_rows", "eta", "clip_skip", "weighted_prompts"});
    constexpr auto kMostRows = std::numeric_limits<std::int64_t>::max();
    ldm::GenerateSettings sampling;
    sampling.prompt = textOf(node["prompt"], kLongestText);
    if (!node["negative"].isNull()) sampling.negative = textOf(node["negative"], kLongestText);
    sampling.scheduler = textOf(node["sampler"], kLongestPath);
    sampling.steps = node["steps"].integer(1, kMostSteps);
    sampling.guidance = finite(node["guidance"]);
    sampling.seed = node["seed"].integer(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
    sampling.width = node["width"].integer(0, kMostPixels);
    sampling.height = node["height"].integer(0, kMostPixels);
    sampling.latents = pathOf(node["latents"], folder).toStdString();
    sampling.latentsRows = node["latents_rows"].integer(std::int64_t{1}, kMostRows);
    sampling.latentsRow = node["latents_row"].integer(std::int64_t{0}, sampling.latentsRows - 1);
    sampling.eta = finite(node["eta"]);
    sampling.clipSkip = node["clip_skip"].integer(0, kMostClipSkip);
    sampling.weightedPrompts = node["weighted_prompts"].flag();
    return sampling;
}

void readShelf(const JsonNode& node, const QString& file, Session& session) {
    for (const JsonNode& entry : node.items(std::size_t(RecipeShelf::kMost))) {
        entry.requireKeys({"name", "recipe"});
        session.recipeShelf.push_back({QString::fromStdString(textOf(entry["name"], kLongestPath)),
                                       readRecipe(entry["recipe"], file, "a recipe on the shelf")});
    }
}

void readChoices(const JsonNode& root, const QString& folder, Session& session) {
    for (const JsonNode& lock : root["locks"].items(kMostLocks)) {
        lock.requireKeys({"id", "format"});
        session.locks.push_back({textOf(lock["id"], kLongestPath), lock["format"].parsed(quant::parseFormat)});
    }
    for (const JsonNode& map : root["maps"].items(kMostMaps)) {
        map.requireKeys({"metric", "format"});
        session.maps.insert({map["metric"].parsed(analysis::parseMetric), map["format"].parsed(quant::parseFormat)});
    }
    for (const JsonNode& file : root["analyses"].items(kMostFiles)) session.analyses << requiredPath(file, folder);
}

/// Saving goes to these files without asking, so they must at least look like what they are said to be.
QString ownFile(const JsonNode& node, const QString& folder, const QString& suffix) {
    const QString path = pathOf(node, folder);
    if (!path.isEmpty() && !path.endsWith(suffix, Qt::CaseInsensitive))
        node.fail("must end in '" + suffix.toStdString() + "'.");
    return path;
}

void requireVersion(const nlohmann::json& json, const std::string& file) {
    if (!json.is_object() || !json.contains("noisefloor_session"))
        throw ldm::badInput(file + " is not a session (it lacks 'noisefloor_session'); choose a *.noisefloor file.");
    const nlohmann::json& version = json["noisefloor_session"];
    if (!version.is_number_integer() || version < 1)
        throw ldm::badInput(file + ": noisefloor_session must be a whole number from 1; choose another session.");
    if (version > kSessionVersion)
        throw ldm::badInput(file + " was saved by a newer version of the program (its format is " + version.dump() +
                            ", this program knows " + std::to_string(kSessionVersion) +
                            "); update the program to open it.");
}

} // namespace

Session parseSession(std::string_view text, const QString& file) {
    const nlohmann::json json = ldm::parseJson(text, file.toStdString());
    requireVersion(json, file.toStdString());
    const ldm::JsonSource source{file.toStdString(), "the session", "it is damaged, open a copy of it"};
    const JsonNode root(json, source);
    root.requireKeys({"noisefloor_session", "model", "recipe", "recipe_file", "recipe_modified", "recipe_shelf",
                      "locks", "sampling", "maps", "analyses", "look", "measurements"},
                     {"other_measurements", "recipe_draft", "saved_as", "speed"});
    const QString folder = QFileInfo(file).absolutePath();
    Session session;
    readModel(root["model"], folder, session);
    session.recipe = readRecipe(root["recipe"], file, "its recipe");
    session.recipeFile = ownFile(root["recipe_file"], folder, QStringLiteral(".json"));
    session.recipeModified = root["recipe_modified"].flag();
    if (root.has("recipe_draft"))
        session.recipeDraft = QString::fromStdString(textOf(root["recipe_draft"], kLongestDraft));
    readShelf(root["recipe_shelf"], file, session);
    session.sampling = readSampling(root["sampling"], folder);
    readChoices(root, folder, session);
    session.measurements = readPart(root["measurements"], file, "its measurements", analysis::parseAnalysis);
    if (root.has("other_measurements"))
        for (const JsonNode& other : root["other_measurements"].items(SetAside::kMost))
            session.otherMeasurements.push_back(
                readPart(other, file, "its other measurements", analysis::parseAnalysis));
    if (root.has("speed")) session.speed = readPart(root["speed"], file, "its speed", analysis::parseLatency);
    if (root.has("saved_as")) session.savedAs = ownFile(root["saved_as"], folder, kSessionSuffix);
    root["look"].keys();
    session.look = QJsonDocument::fromJson(QByteArray::fromStdString(root["look"].json().dump())).object();
    return session;
}

Session loadSession(const QString& file) {
    return parseSession(ldm::readTextFile(file.toStdString(), kMostBytes), file);
}

} // namespace app::session
