#pragma once

#include <analysis/noisemodel.h>
#include <analysis/sqnr.h>
#include <quant/cost.h>
#include <quant/recipe.h>

#include <QDateTime>
#include <QImage>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

class QGuiApplication;

namespace app::report {

/// A picture with what stands under it.
struct ReportPicture {
    QString name; ///< "full precision", or the recipe's
    QImage image;
    QString metrics; ///< one line; may be empty
};
/// The pictures of one prompt and seed.
struct PictureRow {
    QString caption;
    QList<ReportPicture> pictures;
    QString note = {};                        ///< what is missing or not of this report; may be empty
    std::optional<quant::Recipe> recipe = {}; ///< of the pictures, where it is not that of the report
};

/// A recipe and, where its model was at hand, what it costs and does.
struct ReportRecipe {
    quant::Recipe recipe;
    std::vector<int> matchedLayers; ///< by rule; empty without the model
    std::optional<quant::Cost> cost;
    std::optional<analysis::Prediction> prediction;
};

/// Everything a report tells. Plain values; any thread.
struct Report {
    analysis::Analysis analysis;
    std::optional<ReportRecipe> recipe;
    QList<PictureRow> pictures;
    QString noPictures; ///< why there are none; may be empty
    QDateTime written;
};

/// What the model adds to a recipe. Throws ldm::Error (BadInput) if the recipe does not fit it.
ReportRecipe described(const quant::Recipe& recipe, const ldm::ModelInfo& model, const analysis::Analysis& analysis);

/// Where a report is read: in a browser, with the numbers of every map folded away below it, or on paper.
enum class Medium { Browser, Paper };
/// One document that needs nothing else: pictures are inside. Needs a QGuiApplication.
QString toHtml(const Report& report, Medium medium);

/// Makes drawing text possible in a program that has shown no window. Nothing where there is a QGuiApplication.
class DrawingWithoutWindow {
public:
    DrawingWithoutWindow();
    ~DrawingWithoutWindow();

private:
    std::unique_ptr<QGuiApplication> m_application;
};

/// Writes *.html, or *.pdf on A4; aside, then renamed. Throws ldm::Error: BadInput for another suffix, WriteFailed.
/// Needs a QGuiApplication; any thread.
void save(const Report& report, const QString& file);

/// The pictures and metrics in a folder that `noisefloor compare` wrote. Throws ldm::Error (BadInput) where it is none.
QList<PictureRow> loadComparison(const QString& folder);

} // namespace app::report
