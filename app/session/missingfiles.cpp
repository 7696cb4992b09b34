#include <app/session/missingfiles.h>

#include <app/jobs/result.h>
#include <app/session/modelfiles.h>
#include <app/session/sessionpath.h>

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace app::session {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("app::session", text);
}

QString qstring(const std::filesystem::path& path) {
    return QString::fromStdString(path.string());
}

bool isThere(const QString& model) {
    return isEmbedded(model) || QFileInfo::exists(model);
}

bool hasFingerprint(const QString& model, const Session& session) {
    ldm::OpenRequest request = session.request;
    request.model = model.toStdString();
    request.compute = {};
    const auto found = jobs::guarded([&request] { return ldm::Model::open(request).info().fingerprint; });
    return found && found.value() == session.model.fingerprint;
}

/// The same name beside the session and beside the models used lately, then those models themselves.
QStringList placesFor(const QString& model, const QString& sessionFile, const QStringList& recentFiles) {
    const QString name = QFileInfo(model).fileName();
    QStringList models = recentFiles;
    models.removeIf([](const QString& file) { return kindOf(file) != FileKind::Model; });
    QStringList places{QFileInfo(sessionFile).dir().filePath(name)};
    for (const QString& recent : models) places << QFileInfo(recent).dir().filePath(name);
    places += models;
    places.removeDuplicates();
    places.removeIf([](const QString& place) { return !QFileInfo::exists(place); });
    return places;
}

/// The model itself before one that only has its name: that one may have been changed.
QString foundModel(const Session& session, const QString& sessionFile, const QStringList& recentFiles) {
    const QString model = QString::fromStdString(session.request.model);
    const QStringList places = placesFor(model, sessionFile, recentFiles);
    for (const QString& place : places)
        if (hasFingerprint(place, session)) return place;
    for (const QString& place : places)
        if (QFileInfo(place).fileName() == QFileInfo(model).fileName()) return place;
    return {};
}

/// Beside the session, else beside the model.
QString foundBeside(const QString& file, const Session& session, const QString& sessionFile) {
    const QString name = QFileInfo(file).fileName();
    for (const QDir& folder : {QFileInfo(sessionFile).dir(), QFileInfo(qstring(session.request.model)).dir()})
        if (folder.exists(name)) return folder.filePath(name);
    return {};
}

void locateLoras(Located& result, const QString& sessionFile) {
    for (ldm::LoraChoice& lora : result.session.request.loras) {
        const QString file = qstring(lora.file);
        if (QFileInfo::exists(file)) continue;
        const QString found = foundBeside(file, result.session, sessionFile);
        if (found.isEmpty()) {
            if (result.missing.isEmpty()) result.missing = file;
            continue;
        }
        lora.file = found.toStdString();
        result.notes << tr("%1 is now read from %2.").arg(file, found);
    }
}

void locateBase(Located& result, const QString& sessionFile) {
    const QString base = QString::fromStdString(result.session.request.base);
    if (base.isEmpty() || isThere(base)) return;
    const QString found = foundBeside(base, result.session, sessionFile);
    if (!found.isEmpty())
        result.session.request.base = found.toStdString();
    else if (result.missing.isEmpty())
        result.missing = base;
}

void locateModel(Located& result, const QString& sessionFile, const QStringList& recentFiles) {
    const QString model = QString::fromStdString(result.session.request.model);
    if (isThere(model)) return;
    const QString found = foundModel(result.session, sessionFile, recentFiles);
    if (found.isEmpty()) {
        result.missing = model;
        return;
    }
    result.session.request.model = found.toStdString();
    result.notes << tr("The model was not at %1 any more; it was found at %2.").arg(model, found);
}

/// The shelf keeps the names of files that are not there now: they may come back with their disk.
void locateAnalyses(Located& result, const QString& sessionFile) {
    QStringList missing;
    for (QString& file : result.session.analyses) {
        if (QFileInfo::exists(file)) continue;
        const QString found = foundBeside(file, result.session, sessionFile);
        if (found.isEmpty())
            missing << file;
        else
            file = found;
    }
    if (!missing.isEmpty())
        result.notes << tr("These analyses to compare with are missing: %1.").arg(missing.join(QStringLiteral(", ")));
}

void locateRecipe(Located& result) {
    QString& file = result.session.recipeFile;
    if (file.isEmpty()) return;
    const auto loaded = jobs::guarded([&file] { quant::loadRecipe(file.toStdString()); });
    if (loaded) return;
    result.notes << tr("The recipe's own file %1 cannot be used any more; the session holds the recipe.").arg(file);
    file.clear();
    result.session.recipeModified = true;
}

} // namespace

Located located(Session session, const QString& sessionFile, const QStringList& recentFiles) {
    Located result{std::move(session), {}, {}};
    locateLoras(result, sessionFile);
    locateBase(result, sessionFile);
    if (result.missing.isEmpty()) locateModel(result, sessionFile, recentFiles);
    locateAnalyses(result, sessionFile);
    locateRecipe(result);
    return result;
}

Session withFileAt(Session session, const QString& missing, const QString& file) {
    const std::string before = missing.toStdString();
    if (session.request.model == before) session.request.model = file.toStdString();
    if (session.request.base == before) session.request.base = file.toStdString();
    for (ldm::LoraChoice& lora : session.request.loras)
        if (lora.file == before) lora.file = file.toStdString();
    return session;
}

} // namespace app::session
