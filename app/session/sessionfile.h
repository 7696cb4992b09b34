#pragma once

#include <QByteArray>
#include <QJsonObject> // first: moc 6.4 fails on a file that begins with <compare>
#include <QString>
#include <QStringList>

#include <app/session/recipeshelf.h>

#include <analysis/search.h>
#include <ldm/generate.h>
#include <ldm/model.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace app::session {

inline constexpr int kSessionVersion = 1;
inline const QString kSessionSuffix = QStringLiteral(".noisefloor");

/// Which map of the analysis.
struct MapKey {
    analysis::Metric metric = analysis::Metric::Local;
    quant::Format format;
    auto operator<=>(const MapKey&) const = default;
};

/// All work on one model: what a `*.noisefloor` file holds. Paths are absolute here and relative in the file.
struct Session {
    ldm::OpenRequest request; ///< how the model is opened
    quant::ModelRef model;    ///< what it was; LoRAs are those of the request

    quant::Recipe recipe;
    QString recipeFile; ///< where it was loaded from or saved to last; may be empty
    bool recipeModified = false;
    QString recipeDraft; ///< typed, and no recipe of the model yet; empty where there is none
    std::vector<RecipeShelf::Entry> recipeShelf;
    std::vector<analysis::Lock> locks;

    ldm::GenerateSettings sampling;
    std::set<MapKey> maps;                             ///< asked for beyond those that predictions need
    analysis::Analysis measurements;                   ///< its settings hold even while nothing is measured
    std::vector<analysis::Analysis> otherMeasurements; ///< set aside: of another level, prompt or sampler
    std::optional<analysis::Latency> speed;            ///< of this model, where it was measured
    QStringList analyses;                              ///< files to compare with

    QJsonObject look; ///< places and state of the panes
    QString savedAs;  ///< in a copy for recovery alone: the file of the session; empty if it has none yet
};

/// JSON as docs/file-formats.md describes, for a file in `folder`; with an empty folder all paths are absolute. Throws
/// ldm::Error (BadInput) for a path that is not text.
std::string toJson(const Session& session, const QString& folder);

/// Strict: a wrong type, a value out of range, an unknown key or a path that cannot be one throws ldm::Error (BadInput)
/// with file and place; so does the version of a newer program. Touches no other file.
Session parseSession(std::string_view text, const QString& file);
Session loadSession(const QString& file);

/// Tells whether a file is still what it was: a hash of its content, empty where it cannot be read.
QByteArray contentHash(const QString& file);

/// Writes aside, reads back, renames. Throws ldm::Error; then `file` is as it was before.
void saveSession(const Session& session, const QString& file);
/// The same for a copy for recovery: all paths absolute.
void saveRecoveryCopy(const Session& session, const QString& file);

/// The session without its measurements, for a model that is not the one they were made on: recipes refer to `model`.
Session adaptedTo(const ldm::ModelInfo& model, Session session);

} // namespace app::session
