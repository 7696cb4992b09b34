#include <app/windows/searchpane.h>

#include <app/models/searchdata.h>
#include <app/models/viewdata.h>

#include <QHeaderView>
#include <QScrollArea>
#include <QShowEvent>
#include <QVBoxLayout>

namespace app::windows {

namespace {

constexpr int kPlotHeight = 260;
constexpr int kRulesHeight = 130;
constexpr int kLockRows = 3;

enum RuleColumn { Where, FormatColumn, Steps, Why, RuleColumns };

QLabel* lineLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setWordWrap(true);
    return label;
}

} // namespace

SearchPane::SearchPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_finder(studio), m_target(new SearchTargetEditor(m_finder, this)),
      m_formats(new SearchFormats(m_finder, this)), m_timeRanges(new QCheckBox(tr("Steps may differ"), this)),
      m_locks(new QListWidget(this)), m_lock(new QPushButton(tr("Lock Selected Blocks"), this)),
      m_unlock(new QPushButton(tr("Unlock"), this)), m_plot(new widgets::ParetoPlot(this)), m_notice(new QLabel(this)),
      m_lines(new QFormLayout), m_rules(new QTableWidget(0, RuleColumns, this)),
      m_apply(new QPushButton(tr("Apply"), this)), m_measure(new QPushButton(tr("Measure and Repair"), this)) {
    nameControls();
    build();
    connectAll();
}

void SearchPane::nameControls() {
    setAccessibleName(tr("Search"));
    setFocusProxy(m_target);
    m_timeRanges->setObjectName(QStringLiteral("searchTimeRanges"));
    m_timeRanges->setToolTip(tr("Activations may have other formats in the first, middle and last third of the steps; "
                                "weights stay the same"));
    m_locks->setObjectName(QStringLiteral("searchLocks"));
    m_locks->setAccessibleName(tr("Locked blocks"));
    m_locks->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_locks->setFixedHeight(kLockRows * (m_locks->fontMetrics().height() + 4) + 4);
    m_lock->setObjectName(QStringLiteral("searchLock"));
    m_lock->setToolTip(tr("Keep the blocks that are selected in the table at their present format"));
    m_unlock->setObjectName(QStringLiteral("searchUnlock"));
    m_unlock->setToolTip(tr("Let the search choose the formats of the marked blocks again"));
    m_notice->setObjectName(QStringLiteral("searchNotice"));
    m_notice->setAccessibleName(tr("What is in the way"));
    m_notice->setWordWrap(true);
    m_notice->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_notice->setFocusPolicy(Qt::StrongFocus);
    m_rules->setObjectName(QStringLiteral("searchRules"));
    m_rules->setAccessibleName(tr("Formats of the found recipe and why"));
    m_rules->setHorizontalHeaderLabels({tr("Block"), tr("Format"), tr("Steps"), tr("Why")});
    m_apply->setObjectName(QStringLiteral("searchApply"));
    m_apply->setToolTip(tr("Make it the recipe; Undo takes it back"));
    m_measure->setObjectName(QStringLiteral("searchMeasure"));
    m_measure->setToolTip(tr("Run the found recipe to the end, compare, and raise precisions until an SQNR holds"));
}

void SearchPane::build() {
    m_plot->setMinimumHeight(kPlotHeight);
    m_rules->setMinimumHeight(kRulesHeight);
    m_rules->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_rules->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_rules->setSelectionMode(QAbstractItemView::SingleSelection);
    m_rules->setTabKeyNavigation(false);
    m_rules->verticalHeader()->hide();
    m_rules->verticalHeader()->setDefaultSectionSize(m_rules->fontMetrics().height() + 6);
    m_rules->horizontalHeader()->setStretchLastSection(true);
    m_rules->setWordWrap(false);
    m_lines->setContentsMargins(0, 0, 0, 0);
    m_lines->setVerticalSpacing(2);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(buildContent());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(scroll);
}

QWidget* SearchPane::buildContent() {
    auto* content = new QWidget(this);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(6);
    column->addWidget(m_target);
    column->addWidget(m_formats);
    column->addLayout(buildLocks());
    column->addWidget(m_locks);
    column->addWidget(m_plot, 3);
    column->addWidget(m_notice);
    column->addLayout(m_lines);
    column->addWidget(m_rules, 2);
    column->addLayout(buildButtons());
    return content;
}

QLayout* SearchPane::buildLocks() {
    auto* row = new QHBoxLayout;
    row->addWidget(m_timeRanges);
    row->addStretch(1);
    row->addWidget(m_lock);
    row->addWidget(m_unlock);
    return row;
}

QLayout* SearchPane::buildButtons() {
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(m_measure);
    row->addWidget(m_apply);
    return row;
}

void SearchPane::connectAll() {
    connect(&m_finder, &session::RecipeFinder::changed, this, &SearchPane::update);
    connect(m_formats, &SearchFormats::refused, m_notice, &QLabel::setText);
    connect(m_timeRanges, &QCheckBox::toggled, this, [this](bool use) { m_finder.setTimeRanges(use); });
    connect(m_lock, &QPushButton::clicked, this, &SearchPane::lockRequested);
    connect(m_unlock, &QPushButton::clicked, this, &SearchPane::unlockSelected);
    connect(m_locks, &QListWidget::itemSelectionChanged, this,
            [this] { m_unlock->setEnabled(!m_locks->selectedItems().isEmpty()); });
    connect(m_plot, &widgets::ParetoPlot::picked, m_target, &SearchTargetEditor::takePoint);
    connect(m_apply, &QPushButton::clicked, this, [this] { m_studio.report(m_finder.apply()); });
    connect(m_measure, &QPushButton::clicked, this, [this] { m_finder.measureAndRepair(); });
    connect(m_rules, &QTableWidget::currentCellChanged, this, [this](int row) {
        if (const QTableWidgetItem* item = m_rules->item(row, Where); item && row > 0) Q_EMIT blockPicked(item->text());
    });
}

/// A pane that nobody sees costs nothing.
void SearchPane::update() {
    m_isStale = true;
    if (isVisible()) showAll();
}

void SearchPane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_isStale) showAll();
}

void SearchPane::showAll() {
    m_isStale = false;
    m_formats->showFormats();
    showLocks();
    if (!m_finder.isPrepared()) m_finder.prepareSoon(); // answers at once where there is nothing to work out
    if (!m_finder.isPrepared()) return showPreparing();
    m_target->showTarget();
    m_plot->setData(models::paretoData(m_finder));
    m_notice->setText(models::searchNotice(m_finder));
    m_notice->setVisible(!m_notice->text().isEmpty());
    showResult();
    showRules();
}

/// What was found before stands until then, but cannot be applied.
void SearchPane::showPreparing() {
    m_notice->setText(tr("Working out what can be had with these maps, formats and locks…"));
    m_notice->show();
    m_apply->setEnabled(false);
    m_measure->setEnabled(false);
}

void SearchPane::showLocks() {
    QStringList texts;
    for (const analysis::Lock& lock : m_studio.document().locks())
        texts << tr("%1 at %2").arg(QString::fromStdString(lock.id), models::toText(lock.format));
    QStringList shown;
    for (int row = 0; row < m_locks->count(); ++row) shown << m_locks->item(row)->text();
    if (shown != texts) {
        m_locks->clear();
        m_locks->addItems(texts);
        for (int row = 0; row < m_locks->count(); ++row)
            m_locks->item(row)->setData(Qt::UserRole,
                                        QString::fromStdString(m_studio.document().locks()[std::size_t(row)].id));
    }
    m_locks->setVisible(!texts.isEmpty());
    m_unlock->setVisible(!texts.isEmpty());
    m_unlock->setEnabled(!m_locks->selectedItems().isEmpty());
    m_lock->setEnabled(m_studio.document().hasModel());
}

void SearchPane::unlockSelected() {
    std::vector<std::string> blocks;
    for (const QListWidgetItem* item : m_locks->selectedItems())
        blocks.push_back(item->data(Qt::UserRole).toString().toStdString());
    m_studio.document().unlockBlocks(blocks);
}

void SearchPane::showResult() {
    const auto& result = m_finder.result();
    QList<models::ResultLine> lines;
    if (result) lines = models::resultLines(*result, m_finder.target());
    while (m_lines->rowCount() > int(lines.size())) m_lines->removeRow(m_lines->rowCount() - 1);
    while (m_lines->rowCount() < int(lines.size())) m_lines->addRow(lineLabel({}, this), lineLabel({}, this));
    for (int row = 0; row < int(lines.size()); ++row) {
        const auto set = [this, row](QFormLayout::ItemRole role, const QString& text) {
            static_cast<QLabel*>(m_lines->itemAt(row, role)->widget())->setText(text);
        };
        set(QFormLayout::LabelRole, lines[row].name);
        set(QFormLayout::FieldRole, lines[row].value);
    }
    m_apply->setEnabled(result.has_value());
    m_measure->setEnabled(result && m_studio.document().model().generates && !m_finder.isSearching());
    m_measure->setText(m_finder.isSearching() ? tr("Measuring…") : tr("Measure and Repair"));
}

void SearchPane::showRules() {
    const QSignalBlocker quiet(m_rules);
    const auto& result = m_finder.result();
    const QList<models::RuleRow> rows = result ? models::ruleRows(result->recipe) : QList<models::RuleRow>();
    if (rows == m_shownRules) return;
    m_shownRules = rows;
    m_rules->setRowCount(int(rows.size()));
    for (int row = 0; row < int(rows.size()); ++row) {
        const QStringList cells{rows[row].where, rows[row].format, rows[row].steps, rows[row].why};
        for (int column = 0; column < RuleColumns; ++column) {
            auto* item = new QTableWidgetItem(cells[column]);
            item->setToolTip(cells[column]);
            m_rules->setItem(row, column, item);
        }
    }
    for (const RuleColumn column : {Where, FormatColumn, Steps}) m_rules->resizeColumnToContents(column);
}

} // namespace app::windows
