#include <app/report/report.h>

#include <app/models/maptexts.h>
#include <app/report/html.h>

#include <widgets/budgetbar.h>
#include <widgets/mappicture.h>

#include <QCoreApplication>
#include <QGuiApplication>
#include <QLocale>
#include <QSysInfo>

#include <algorithm>
#include <cmath>

namespace app::report {

namespace {

using models::toText;

constexpr int kPaperWidth = 700;   ///< CSS pixels of a map
constexpr double kSharpness = 2.0; ///< device pixels for each of them
constexpr int kWorst = 10;
constexpr int kPictureWidth = 192;

/// The report's words are translated in one context.
struct Words {
    Q_DECLARE_TR_FUNCTIONS(Report)
};

QString decibels(double db) {
    if (std::isnan(db)) return QStringLiteral("–");
    return std::isinf(db) ? Words::tr("exact") : Words::tr("%1 dB").arg(db, 0, 'f', 2);
}

/// Of a map: decibels, or what its scale has.
QString number(double value, widgets::HeatmapScale scale) {
    return scale == widgets::HeatmapScale::Sqnr ? decibels(value) : widgets::numberText(value, scale);
}

QString joined(const std::vector<std::string>& texts, const QString& between) {
    QStringList list;
    for (const std::string& text : texts) list << QString::fromStdString(text);
    return list.join(between);
}

QPalette paper() {
    QPalette palette;
    for (const auto role : {QPalette::Base, QPalette::Window}) palette.setColor(role, Qt::white);
    for (const auto role : {QPalette::Text, QPalette::WindowText}) palette.setColor(role, QColor(0x20, 0x20, 0x20));
    palette.setColor(QPalette::Mid, QColor(0xa0, 0xa0, 0xa0));
    return palette;
}

/// The rows of a map, the one with most noise first.
std::vector<std::pair<int, analysis::RowSummary>> worstRows(const analysis::Analysis& analysis,
                                                            const analysis::SqnrMap& map) {
    std::vector<std::pair<int, analysis::RowSummary>> rows;
    for (int row = 0; row < map.grid.rows; ++row) {
        const auto summary = analysis::summarize(map, row, analysis.timesteps);
        if (!std::isnan(summary.meanDb) && summary.meanDb != analysis::kUnknowable) rows.emplace_back(row, summary);
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second.meanDb < b.second.meanDb; });
    if (rows.size() > kWorst) rows.resize(kWorst);
    return rows;
}

/// Writes one report, section by section.
class Writer {
public:
    Writer(const Report& report, Medium medium) : m_report(report), m_medium(medium) {}
    QString html();

private:
    void aboutModel();
    void aboutRecipe();
    void rules(const ReportRecipe& recipe);
    void recipeFile(const QString& title, const quant::Recipe& recipe);
    void maps();
    void map(const analysis::SqnrMap& map);
    void numbers(const widgets::HeatmapData& data);
    void uniform();
    void timeSensitive();
    void pictures();
    void versions();

    const Report& m_report;
    Medium m_medium;
    Html m_html;
};

QString Writer::html() {
    const QString title = Words::tr("Noisefloor: %1").arg(QString::fromStdString(m_report.analysis.model.name));
    m_html.heading(1, title);
    m_html.note(Words::tr("Written %1").arg(m_report.written.toString(Qt::ISODate)));
    aboutModel();
    if (m_report.recipe) aboutRecipe();
    pictures();
    maps();
    uniform();
    timeSensitive();
    versions();
    return m_html.document(title);
}

void Writer::aboutModel() {
    const analysis::Analysis& analysis = m_report.analysis;
    const analysis::AnalysisSettings& settings = analysis.settings;
    std::int64_t parameters = 0;
    for (const analysis::BlockRow& row : analysis.blocks) parameters += row.parameters;
    m_html.heading(2, Words::tr("Model and settings"));
    m_html.facts({
        {Words::tr("Model"), QString::fromStdString(analysis.model.name)},
        {Words::tr("Fingerprint"), QString::fromStdString(analysis.model.fingerprint)},
        {Words::tr("Rows of the maps"),
         Words::tr("%1 (%2), %3 parameters")
             .arg(analysis.blocks.size())
             .arg(toText(nameOf(settings.level)), QLocale::c().toString(qlonglong(parameters)))},
        {Words::tr("Prompts"), joined(settings.prompts, QStringLiteral("; "))},
        {Words::tr("Negative prompt"), QString::fromStdString(settings.negative.value_or(std::string("–")))},
        {Words::tr("Sampler"), Words::tr("%1, %2 steps, guidance %3, seed %4")
                                   .arg(QString::fromStdString(settings.scheduler))
                                   .arg(settings.steps)
                                   .arg(settings.guidance)
                                   .arg(settings.seed)},
        {Words::tr("Picture"), QStringLiteral("%1 x %2").arg(settings.width).arg(settings.height)},
        {Words::tr("Latents"), settings.latents.empty() ? Words::tr("drawn from the seed")
                                                        : QString::fromStdString(settings.latents.string())},
        {Words::tr("Calibration"), Words::tr("%1 steps").arg(QString::fromStdString(settings.calibration))},
    });
}

void Writer::aboutRecipe() {
    const ReportRecipe& recipe = *m_report.recipe;
    m_html.heading(2, Words::tr("Recipe: %1").arg(QString::fromStdString(recipe.recipe.name)));
    QList<std::pair<QString, QString>> facts{{Words::tr("Default format"), toText(recipe.recipe.base)}};
    if (recipe.cost) {
        facts << std::pair{Words::tr("Size"), Words::tr("%1 of %2")
                                                  .arg(widgets::sizeText(qint64(recipe.cost->bytes)),
                                                       widgets::sizeText(qint64(recipe.cost->fullBytes)))};
        facts << std::pair{
            Words::tr("BOPs"),
            Words::tr("%1 of %2").arg(recipe.cost->bops, 0, 'e', 3).arg(recipe.cost->fullBops, 0, 'e', 3)};
        facts << std::pair{Words::tr("Mean bits of a weight"), QString::number(recipe.cost->meanWeightBits, 'f', 2)};
    }
    if (recipe.prediction)
        facts << std::pair{recipe.prediction->endToEnd ? Words::tr("Predicted SQNR, end to end")
                                                       : Words::tr("Predicted SQNR, sum of the map's noise"),
                           decibels(recipe.prediction->db.value_or(analysis::kNotMeasured))};
    if (recipe.recipe.provenance.measuredDb)
        facts << std::pair{Words::tr("Measured SQNR, end to end"), decibels(*recipe.recipe.provenance.measuredDb)};
    m_html.facts(facts);
    if (!recipe.cost) m_html.note(Words::tr("Size, operations and prediction need the model; name it with --model."));
    rules(recipe);
    recipeFile(Words::tr("The recipe's file"), recipe.recipe);
}

void Writer::recipeFile(const QString& title, const quant::Recipe& recipe) {
    if (m_medium == Medium::Browser)
        m_html.fold(title);
    else
        m_html.note(title);
    m_html.preformatted(QString::fromStdString(quant::toJson(recipe)));
    if (m_medium == Medium::Browser) m_html.unfold();
}

void Writer::rules(const ReportRecipe& recipe) {
    if (recipe.recipe.rules.empty()) return;
    QList<QStringList> rows;
    for (std::size_t i = 0; i < recipe.recipe.rules.size(); ++i) {
        const quant::Rule& rule = recipe.recipe.rules[i];
        rows << QStringList{QString::fromStdString(rule.match),
                            rule.weights ? toText(nameOf(*rule.weights)) : QString(),
                            rule.activations ? toText(nameOf(*rule.activations)) : QString(),
                            rule.timesteps ? QStringLiteral("%1–%2").arg((*rule.timesteps)[0]).arg((*rule.timesteps)[1])
                                           : QString(),
                            i < recipe.matchedLayers.size() ? QString::number(recipe.matchedLayers[i]) : QString(),
                            QString::fromStdString(rule.why)};
    }
    m_html.table({Words::tr("Layers"), Words::tr("Weights"), Words::tr("Activations"), Words::tr("Timesteps"),
                  Words::tr("Matches"), Words::tr("Why")},
                 rows, 6);
}

void Writer::maps() {
    m_html.heading(2, Words::tr("Maps"));
    m_html.note(Words::tr("SQNR = 10 log10(sum y² / sum (y_q - y)²), rows by timesteps. Hatched grey cells are at the "
                          "noise floor, cannot be told or were not measured; white lined ones are exact. Information "
                          "is told as the share "
                          "that is kept."));
    for (const analysis::SqnrMap& one : m_report.analysis.maps) map(one);
}

void Writer::map(const analysis::SqnrMap& map) {
    const widgets::HeatmapData data = models::mapData(m_report.analysis, map);
    m_html.heading(3, data.title);
    m_html.paragraph(data.legend);
    m_html.picture(widgets::mapPicture(data, kPaperWidth, kSharpness, paper()), kPaperWidth, data.title);
    QList<QStringList> worst;
    for (const auto& [row, summary] : worstRows(m_report.analysis, map))
        worst << QStringList{data.rows[row], number(summary.meanDb, data.scale), number(summary.worstDb, data.scale),
                             summary.worstTimestep < 0 ? QString() : QString::number(summary.worstTimestep)};
    if (worst.isEmpty()) {
        m_html.note(Words::tr("Nothing was measured yet."));
        return;
    }
    m_html.paragraph(isShare(map.metric) ? Words::tr("The %n row(s) that keep least:", nullptr, int(worst.size()))
                                         : Words::tr("The %n row(s) with most noise:", nullptr, int(worst.size())));
    m_html.table({Words::tr("Row"), Words::tr("Mean"), Words::tr("Worst"), Words::tr("at timestep")}, worst, 1);
    if (m_medium == Medium::Browser) numbers(data);
}

/// The table twin of the picture.
void Writer::numbers(const widgets::HeatmapData& data) {
    m_html.fold(Words::tr("All numbers of this map"));
    QStringList heads{Words::tr("Row")};
    for (const int timestep : data.columns) heads << QString::number(timestep);
    QList<QStringList> rows;
    for (int row = 0; row < data.rows.size(); ++row) {
        QStringList cells{data.rows[row]};
        for (int column = 0; column < data.columns.size(); ++column) {
            const bool isFloor = data.kind(row, column) == widgets::CellKind::AtFloor;
            cells << widgets::numberText(data.at(row, column), data.scale) +
                         (isFloor ? Words::tr(" floor") : QString());
        }
        rows << cells;
    }
    m_html.table(heads, rows, 1);
    m_html.unfold();
}

void Writer::uniform() {
    QList<QStringList> rows;
    for (const analysis::UniformResult& result : m_report.analysis.uniform) {
        const auto& steps = m_report.analysis.timesteps;
        const auto first = std::size_t(result.columns.first);
        const auto last = first + std::size_t(std::max(1, result.columns.count)) - 1;
        if (last < steps.size())
            rows << QStringList{toText(result.format), QStringLiteral("%1–%2").arg(steps[first]).arg(steps[last]),
                                decibels(result.db)};
    }
    if (rows.isEmpty()) return;
    m_html.heading(2, Words::tr("One format everywhere, measured end to end"));
    m_html.table({Words::tr("Format"), Words::tr("Timesteps"), Words::tr("SQNR of the last latent")}, rows, 2);
}

void Writer::timeSensitive() {
    if (!m_report.analysis.activations) return;
    QList<QStringList> rows;
    for (const analysis::TimeSensitivity& layer : analysis::timeSensitivity(*m_report.analysis.activations)) {
        if (rows.size() == kWorst) break;
        rows << QStringList{QString::fromStdString(layer.layer), QString::number(layer.smallest, 'g', 4),
                            QString::number(layer.largest, 'g', 4), QString::number(layer.ratio, 'f', 2)};
    }
    m_html.heading(2, Words::tr("Layers whose inputs vary most over time"));
    m_html.table({Words::tr("Layer"), Words::tr("Narrowest range"), Words::tr("Widest"), Words::tr("Ratio")}, rows, 1);
}

void Writer::pictures() {
    if (m_report.pictures.isEmpty() && m_report.noPictures.isEmpty()) return;
    m_html.heading(2, Words::tr("Pictures"));
    if (m_report.pictures.isEmpty()) m_html.note(m_report.noPictures);
    for (const PictureRow& row : m_report.pictures) {
        m_html.paragraph(row.caption);
        if (!row.note.isEmpty()) m_html.note(row.note);
        QList<Html::Shown> shown;
        int width = kPictureWidth;
        for (const ReportPicture& picture : row.pictures) {
            shown << Html::Shown{picture.name, picture.image, picture.metrics};
            width = std::max(width, std::min(picture.image.width(), kPaperWidth / int(row.pictures.size())));
        }
        m_html.gallery(shown, width);
        if (row.recipe) recipeFile(Words::tr("The recipe of these pictures"), *row.recipe);
    }
}

void Writer::versions() {
    m_html.heading(2, Words::tr("Versions"));
    QList<std::pair<QString, QString>> facts{
        {QStringLiteral("Noisefloor"), QStringLiteral(NOISEFLOOR_VERSION)},
        {QStringLiteral("Qt"), QString::fromLatin1(qVersion())},
        {Words::tr("System"),
         QStringLiteral("%1, %2").arg(QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture())}};
    for (const auto& [stage, seconds] : m_report.analysis.timingSeconds)
        facts << std::pair{Words::tr("Time for %1").arg(QString::fromStdString(stage)),
                           Words::tr("%1 s").arg(seconds, 0, 'f', 1)};
    m_html.facts(facts);
}

} // namespace

ReportRecipe described(const quant::Recipe& recipe, const ldm::ModelInfo& model, const analysis::Analysis& analysis) {
    const quant::Plan plan = quant::resolve(recipe, model);
    ReportRecipe described{recipe, plan.matchedLayers, quant::cost(plan, model), std::nullopt};
    if (!analysis.maps.empty() && analysis.model.fingerprint == model.fingerprint)
        described.prediction = analysis::predict(analysis, plan, model);
    return described;
}

QString toHtml(const Report& report, Medium medium) {
    return Writer(report, medium).html();
}

} // namespace app::report
