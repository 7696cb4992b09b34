#include <app/session/sessionfile.h>
#include <app/session/sessionpath.h>

#include <ldm/error.h>
#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

namespace app::session {

namespace {

using Json = nlohmann::ordered_json;

std::string pathText(const QString& file, const QString& folder) {
    return file.isEmpty() ? std::string() : storedPath(file, folder).toStdString();
}

/// File names are bytes; a session can name those alone that are text.
std::string pathText(const std::filesystem::path& file, const QString& folder) {
    if (!ldm::isUtf8(file.native()))
        throw ldm::badInput("A session cannot name " + file.string() + ", whose name is not UTF-8; rename that file.");
    return pathText(file.empty() ? QString() : QFileInfo(QString::fromStdString(file.native())).absoluteFilePath(),
                    folder);
}

Json modelJson(const Session& session, const QString& folder) {
    const ldm::OpenRequest& request = session.request;
    const auto place = [&folder](const std::string& model) {
        return isEmbedded(QString::fromStdString(model))
                   ? Json{{"embedded", model}}
                   : Json{{"path", pathText(std::filesystem::path(model), folder)}};
    };
    auto loras = Json::array();
    for (const ldm::LoraChoice& lora : request.loras)
        loras.push_back({{"path", pathText(lora.file, folder)}, {"weight", lora.weight}});
    Json json{{"open", place(request.model)},
              {"name", session.model.name},
              {"fingerprint", session.model.fingerprint},
              {"loras", std::move(loras)},
              {"prediction", request.prediction},
              {"device", request.compute.device == ldm::DeviceKind::Cuda ? "cuda" : "cpu"},
              {"device_index", request.compute.deviceIndex},
              {"precision", request.compute.precision == ldm::Precision::Bf16 ? "bf16" : "fp32"}};
    if (!request.base.empty()) json["base"] = place(request.base);
    return json;
}

Json recipeJson(const quant::Recipe& recipe) {
    return Json::parse(quant::toJson(recipe));
}

Json samplingJson(const ldm::GenerateSettings& sampling, const QString& folder) {
    return {{"prompt", sampling.prompt},
            {"negative", sampling.negative ? Json(*sampling.negative) : Json()},
            {"sampler", sampling.scheduler},
            {"steps", sampling.steps},
            {"guidance", sampling.guidance},
            {"seed", sampling.seed},
            {"width", sampling.width},
            {"height", sampling.height},
            {"latents", pathText(sampling.latents, folder)},
            {"latents_row", sampling.latentsRow},
            {"latents_rows", sampling.latentsRows},
            {"eta", sampling.eta},
            {"clip_skip", sampling.clipSkip},
            {"weighted_prompts", sampling.weightedPrompts}};
}

Json mapsJson(const std::set<MapKey>& maps) {
    auto json = Json::array();
    for (const MapKey& map : maps)
        json.push_back({{"metric", nameOf(map.metric)}, {"format", quant::toString(map.format)}});
    return json;
}

Json filesJson(const QStringList& files, const QString& folder) {
    auto json = Json::array();
    for (const QString& file : files) json.push_back(pathText(file, folder));
    return json;
}

/// The measurements go in as the text that they are, without taking it apart.
std::string withMeasurements(const Json& json, const Session& session) {
    std::string text = json.dump(1);
    text.resize(text.rfind('}'));
    text += ",\n \"measurements\": " + analysis::toJson(session.measurements);
    std::string others;
    for (const analysis::Analysis& other : session.otherMeasurements)
        others += (others.empty() ? "" : ", ") + analysis::toJson(other);
    if (!others.empty()) text += ",\n \"other_measurements\": [" + others + "]";
    return text + "}\n";
}

/// What was written is what will be read: nothing takes the place of an older file that this program cannot open.
void writeChecked(const std::string& text, const QString& file) {
    const std::filesystem::path path = file.toStdString();
    ldm::createAside(path, true, [&](const std::filesystem::path& aside) {
        ldm::writeTextFile(aside, text);
        if (ldm::readTextFile(aside) != text)
            throw ldm::Error(ldm::ErrorKind::WriteFailed, path.string() + " was not written as it should be; save the "
                                                                          "session on another disk.");
        parseSession(text, file);
    });
}

} // namespace

std::string toJson(const Session& session, const QString& folder) {
    auto shelf = Json::array();
    for (const RecipeShelf::Entry& entry : session.recipeShelf)
        shelf.push_back({{"name", entry.name.toStdString()}, {"recipe", recipeJson(entry.recipe)}});
    auto locks = Json::array();
    for (const analysis::Lock& lock : session.locks)
        locks.push_back({{"id", lock.id}, {"format", quant::toString(lock.format)}});
    Json json{{"noisefloor_session", kSessionVersion},
              {"model", modelJson(session, folder)},
              {"recipe", recipeJson(session.recipe)},
              {"recipe_file", pathText(session.recipeFile, folder)},
              {"recipe_modified", session.recipeModified},
              {"recipe_shelf", std::move(shelf)},
              {"locks", std::move(locks)},
              {"sampling", samplingJson(session.sampling, folder)},
              {"maps", mapsJson(session.maps)},
              {"analyses", filesJson(session.analyses, folder)},
              {"look", Json::parse(QJsonDocument(session.look).toJson(QJsonDocument::Compact).toStdString())}};
    if (!session.recipeDraft.isEmpty()) json["recipe_draft"] = session.recipeDraft.toStdString();
    if (session.speed) json["speed"] = Json::parse(analysis::toJson(*session.speed));
    if (!session.savedAs.isEmpty()) json["saved_as"] = session.savedAs.toStdString();
    return withMeasurements(json, session);
}

QByteArray contentHash(const QString& file) {
    QFile content(file);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    return content.open(QIODevice::ReadOnly) && hash.addData(&content) ? hash.result() : QByteArray();
}

void saveSession(const Session& session, const QString& file) {
    writeChecked(toJson(session, QFileInfo(file).absolutePath()), file);
}

void saveRecoveryCopy(const Session& session, const QString& file) {
    writeChecked(toJson(session, {}), file);
}

Session adaptedTo(const ldm::ModelInfo& model, Session session) {
    // A draft need not be a recipe yet, so it is its text that names the model.
    const QString former = QString::fromStdString(session.model.fingerprint);
    if (!former.isEmpty()) session.recipeDraft.replace(former, QString::fromStdString(model.fingerprint));
    session.model = quant::modelRef(model);
    session.recipe.model = session.model;
    for (RecipeShelf::Entry& entry : session.recipeShelf) entry.recipe.model = session.model;
    const analysis::AnalysisSettings inputs = session.measurements.settings;
    session.measurements = {};
    session.measurements.model = session.model;
    session.measurements.settings = inputs;
    session.otherMeasurements.clear();
    session.speed.reset();
    return session;
}

} // namespace app::session
