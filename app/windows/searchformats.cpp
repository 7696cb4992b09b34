#include <app/windows/searchformats.h>

#include <app/models/viewdata.h>

#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace app::windows {

namespace {

constexpr int kShownRows = 3;

bool contains(const std::vector<quant::Format>& formats, quant::Format format) {
    return std::find(formats.begin(), formats.end(), format) != formats.end();
}

} // namespace

SearchFormats::SearchFormats(session::RecipeFinder& finder, QWidget* parent)
    : QWidget(parent), m_finder(finder), m_list(new QListWidget(this)), m_name(new QLineEdit(this)),
      m_measure(new QPushButton(tr("Measure What Is Missing"), this)) {
    build();
    connect(m_list, &QListWidget::itemChanged, this, &SearchFormats::takeChecked);
    connect(m_name, &QLineEdit::returnPressed, this, &SearchFormats::add);
    connect(m_measure, &QPushButton::clicked, this, [this] { m_finder.measureMissing(); });
}

void SearchFormats::build() {
    m_list->setObjectName(QStringLiteral("searchFormats"));
    m_list->setAccessibleName(tr("Formats to choose from"));
    m_list->setToolTip(tr("Formats that the search may give a block"));
    m_list->setFlow(QListView::LeftToRight);
    m_list->setWrapping(true);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setSpacing(2);
    m_list->setFixedHeight(kShownRows * (m_list->fontMetrics().height() + 6));
    m_name->setObjectName(QStringLiteral("searchAddFormat"));
    m_name->setAccessibleName(tr("Add a format"));
    m_name->setPlaceholderText(tr("another format, such as w4g64a8"));
    m_name->setToolTip(tr("Enter adds the format to the list"));
    m_measure->setObjectName(QStringLiteral("searchMeasureMaps"));
    m_measure->setToolTip(tr("Measure the maps that end-to-end predictions for these formats need"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_name, 1);
    row->addWidget(m_measure);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_list);
    column->addLayout(row);
}

/// Items stay as they are while the choice is the same: rebuilding them would lose the keyboard's place.
void SearchFormats::showFormats() {
    const QSignalBlocker quiet(m_list);
    const std::vector<quant::Format> offered = m_finder.offeredFormats();
    while (m_list->count() > int(offered.size())) delete m_list->takeItem(m_list->count() - 1);
    while (m_list->count() < int(offered.size())) m_list->addItem(new QListWidgetItem);
    for (int row = 0; row < m_list->count(); ++row) {
        const quant::Format format = offered[std::size_t(row)];
        const QString name = models::toText(format);
        const bool isMeasured = m_finder.isMeasured(format);
        QListWidgetItem* item = m_list->item(row);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setData(Qt::UserRole, name);
        item->setText(isMeasured ? tr("%1, measured").arg(name) : name);
        item->setToolTip(isMeasured ? tr("The map that end-to-end predictions rest on is there")
                                    : tr("The map that end-to-end predictions rest on is not measured yet"));
        item->setCheckState(contains(m_finder.formats(), format) ? Qt::Checked : Qt::Unchecked);
    }
    const bool hasModel = m_finder.studio().document().hasModel();
    m_measure->setEnabled(hasModel && !m_finder.missingMaps().empty());
}

void SearchFormats::takeChecked() {
    std::vector<quant::Format> formats;
    for (int row = 0; row < m_list->count(); ++row)
        if (m_list->item(row)->checkState() == Qt::Checked)
            formats.push_back(quant::parseFormat(m_list->item(row)->data(Qt::UserRole).toString().toStdString()));
    m_finder.setFormats(std::move(formats));
}

void SearchFormats::add() {
    const auto format = jobs::guarded([this] { return quant::parseFormat(m_name->text().trimmed().toStdString()); });
    if (!format) {
        Q_EMIT refused(format.failure().sentence);
        return;
    }
    std::vector<quant::Format> formats = m_finder.formats();
    if (!contains(formats, format.value())) formats.push_back(format.value());
    m_name->clear();
    m_finder.setFormats(std::move(formats));
}

} // namespace app::windows
