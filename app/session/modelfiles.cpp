#include <app/session/modelfiles.h>

#include <app/session/sessionfile.h>

#include <analysis/sqnr.h>
#include <ldm/error.h>
#include <ldm/model.h>
#include <quant/recipe.h>

#include <QFile>
#include <QFileInfo>

#include <algorithm>

namespace app::session {

namespace {

quant::ModelRef modelNamedIn(const QString& file) {
    const std::filesystem::path path = file.toStdString();
    return kindOf(file) == FileKind::Analysis ? analysis::loadAnalysis(path).model : quant::loadRecipe(path).model;
}

/// Models are called as their folder, or as their file without its ending.
bool holdsModel(const QString& path, const QString& name) {
    const QFileInfo info(path);
    return info.fileName() == name || info.completeBaseName() == name;
}

/// Sessions were given other names by hand; their first key tells.
bool beginsLikeSession(const QString& path) {
    constexpr qint64 kBeginning = 64;
    QFile file(path);
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly)) return false;
    const QByteArray beginning = file.read(kBeginning).simplified();
    return beginning.startsWith("{ \"noisefloor_session\"") || beginning.startsWith("{\"noisefloor_session\"");
}

} // namespace

FileKind kindOf(const QString& path) {
    if (path.endsWith(kSessionSuffix, Qt::CaseInsensitive)) return FileKind::Session;
    if (path.endsWith(QLatin1String(".analysis.json"), Qt::CaseInsensitive)) return FileKind::Analysis;
    if (beginsLikeSession(path)) return FileKind::Session;
    return path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive) ? FileKind::Recipe : FileKind::Model;
}

QString modelFor(const QString& file, const QStringList& recentFiles) {
    const std::string name = modelNamedIn(file).name;
    if (name.empty()) throw ldm::badInput(file.toStdString() + " names no model; open a model first, then this file.");
    const std::vector<std::string> embedded = ldm::embeddedModels();
    if (std::find(embedded.begin(), embedded.end(), name) != embedded.end()) return QString::fromStdString(name);
    for (const QString& recent : recentFiles)
        if (kindOf(recent) == FileKind::Model && holdsModel(recent, QString::fromStdString(name))) return recent;
    throw ldm::badInput(file.toStdString() + " was made for the model " + name +
                        ", which is not known here; open that model first, then this file.");
}

} // namespace app::session
