#include <app/jobs/describe.h>

#include <app/jobs/commandline.h>

#include <QCoreApplication>
#include <QLocale>

namespace app::jobs {

namespace {

class JobTexts {
    Q_DECLARE_TR_FUNCTIONS(JobTexts)
};

QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

template <class Order> JobDescription described(const QString& what, const ldm::OpenRequest& model, Order order) {
    return {what, [model, order = std::move(order)] { return commandLine(model, order); }};
}

QString formatsText(const std::vector<quant::Format>& formats) {
    QStringList names;
    for (const quant::Format& format : formats) names << textOf(quant::toString(format));
    return names.join(QStringLiteral(", "));
}

QString targetText(const analysis::SearchTarget& target) {
    switch (target.goal) {
    case analysis::Goal::MaxBytes:
        return JobTexts::tr("at most %1").arg(QLocale().formattedDataSize(qint64(target.value)));
    case analysis::Goal::MaxBops:
        return JobTexts::tr("at most %1 GBOPs").arg(target.value / 1e9, 0, 'g', 4);
    case analysis::Goal::MaxMeanBits:
        return JobTexts::tr("at most %1 bits per weight").arg(target.value, 0, 'g', 4);
    case analysis::Goal::MaxSeconds:
        return JobTexts::tr("at most %1 ms a UNet step").arg(target.value * 1e3, 0, 'g', 4);
    case analysis::Goal::MinSqnr:
        return JobTexts::tr("at least %1 dB").arg(target.value, 0, 'g', 4);
    }
    return {};
}

} // namespace

JobDescription describe(const ldm::OpenRequest& model) {
    return {textOf(model.model), [model] { return commandLine(model); }};
}

/// What is known already is nothing that a description keeps.
JobDescription describe(const ldm::OpenRequest& model, const AnalyzeRequest& request) {
    QStringList metrics;
    for (const analysis::Metric metric : request.settings.metrics) metrics << textOf(analysis::nameOf(metric));
    const QString what =
        metrics.join(QStringLiteral(", ")) + QStringLiteral(": ") + formatsText(request.settings.formats);
    return described(what, model, AnalyzeRequest{request.settings, {}});
}

JobDescription describe(const ldm::OpenRequest& model, const PreviewRequest& request) {
    return described(JobTexts::tr("%1, recipe %2").arg(textOf(request.sampling.prompt), textOf(request.recipe.name)),
                     model, request);
}

JobDescription describe(const ldm::OpenRequest& model, const analysis::CompareRequest& request) {
    return described(JobTexts::tr("prompts: %1, recipes: %2").arg(request.prompts.size()).arg(request.recipes.size()),
                     model, request);
}

JobDescription describe(const ldm::OpenRequest& model, const ExportOrder& order) {
    return described(textOf(order.target.path.string()), model, order);
}

JobDescription describe(const ldm::OpenRequest& model, const VerifyOrder& order) {
    return described(textOf(order.request.path.string()), model, order);
}

JobDescription describe(const ldm::OpenRequest& model, const SearchOrder& order) {
    SearchOrder kept = order;
    for (analysis::SqnrMap& map : kept.analysis.maps) map.grid = {};
    kept.analysis.floors.clear();
    kept.analysis.activations.reset();
    return described(targetText(order.target), model, std::move(kept));
}

JobDescription describe(const ldm::OpenRequest& model, const MeasureOrder& order) {
    return described(textOf(order.recipe.name), model, order);
}

JobDescription describe(const ldm::OpenRequest& model, const SpeedOrder& order) {
    return described(formatsText(order.settings.formats), model, order);
}

JobDescription describe(const ldm::OpenRequest& model, const InspectOrder& order) {
    return described(textOf(order.id), model, order);
}

} // namespace app::jobs
