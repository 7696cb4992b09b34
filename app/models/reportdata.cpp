#include <app/models/reportdata.h>

namespace app::models {

report::Report reportOf(const session::StudioDocument& document, QList<report::PictureRow> pictures) {
    report::Report report;
    report.analysis = document.analysis();
    if (report.analysis.maps.empty()) report.analysis.model = quant::modelRef(document.model());
    report.recipe = report::ReportRecipe{document.recipe(), document.plan().matchedLayers, document.cost(), {}};
    if (!report.analysis.maps.empty()) report.recipe->prediction = document.prediction();
    report.pictures = std::move(pictures);
    report.written = QDateTime::currentDateTime();
    return report;
}

} // namespace app::models
