#include <app/windows/ruletable.h>

#include <app/models/viewdata.h>

#include <QComboBox>
#include <QCompleter>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QStringListModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace app::windows {

namespace {

using models::RuleModel;

/// A box with the names of a side's formats; the first entry leaves the side as earlier rules have it.
class SideDelegate : public QStyledItemDelegate {
public:
    SideDelegate(QStringList formats, QObject* parent) : QStyledItemDelegate(parent), m_formats(std::move(formats)) {}

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex& index) const override {
        auto* box = new QComboBox(parent);
        box->addItem(RuleTable::tr("as before"), QString());
        for (const QString& format : m_formats) box->addItem(format, format);
        box->setAccessibleName(index.model()->headerData(index.column(), Qt::Horizontal).toString());
        auto* self = const_cast<SideDelegate*>(this);
        connect(box, &QComboBox::activated, self, [self, box] {
            Q_EMIT self->commitData(box);
            Q_EMIT self->closeEditor(box);
        });
        return box;
    }
    void setEditorData(QWidget* editor, const QModelIndex& index) const override {
        auto* box = static_cast<QComboBox*>(editor);
        box->setCurrentIndex(std::max(0, box->findData(index.data(Qt::EditRole))));
    }
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override {
        model->setData(index, static_cast<QComboBox*>(editor)->currentData());
    }

private:
    QStringList m_formats;
};

/// A line that proposes the names of blocks and layers.
class MatchDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void setNames(const QStringList& names) { m_names.setStringList(names); }
    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex&) const override {
        auto* line = new QLineEdit(parent);
        auto* completer = new QCompleter(line);
        completer->setModel(const_cast<QStringListModel*>(&m_names));
        completer->setFilterMode(Qt::MatchContains);
        line->setCompleter(completer);
        line->setAccessibleName(RuleTable::tr("Pattern of the rule"));
        return line;
    }

private:
    QStringListModel m_names;
};

template <class Format> QStringList namesOf(const std::vector<Format>& formats) {
    QStringList names;
    for (const Format format : formats) names << models::toText(nameOf(format));
    return names;
}

QStringList matchableNames(const ldm::ModelInfo& model) {
    QStringList names;
    for (const ldm::BlockInfo& block : model.blocks) names << QString::fromStdString(block.id);
    for (const ldm::LayerInfo& layer : model.layers) names << QString::fromStdString(layer.name);
    names.removeDuplicates();
    return names;
}

} // namespace

RuleTable::RuleTable(QWidget* parent)
    : QWidget(parent), m_model(new models::RuleModel(this)), m_view(new QTableView(this)) {
    build();
    m_add = addButton("ruleAdd", tr("Add"), tr("Add a rule behind the selected one (Insert)"));
    m_delete = addButton("ruleDelete", tr("Delete"), tr("Delete the selected rules (Delete)"));
    m_up = addButton("ruleUp", tr("Up"), tr("Move the rule up, so that more of the others win over it (Alt+Up)"));
    m_down = addButton("ruleDown", tr("Down"), tr("Move the rule down, so that it wins over more (Alt+Down)"));
    static_cast<QHBoxLayout*>(layout()->itemAt(1)->layout())->addStretch(1);
    connect(m_add, &QPushButton::clicked, this, &RuleTable::addRule);
    connect(m_delete, &QPushButton::clicked, this, &RuleTable::deleteSelected);
    connect(m_up, &QPushButton::clicked, this, [this] { moveCurrent(-1); });
    connect(m_down, &QPushButton::clicked, this, [this] { moveCurrent(1); });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RuleTable::enableButtons);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &RuleTable::enableButtons);
    enableButtons();
}

void RuleTable::build() {
    m_view->setModel(m_model);
    m_view->setObjectName(QStringLiteral("rules"));
    m_view->setAccessibleName(tr("Rules of the recipe; later ones win"));
    m_view->setToolTip(tr("Later rules win over earlier ones; * stands for any part of one name, ** for any names"));
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setTabKeyNavigation(false);
    m_view->setWordWrap(false);
    m_view->setAlternatingRowColors(true);
    m_view->verticalHeader()->setDefaultSectionSize(m_view->fontMetrics().height() + 8);
    m_view->horizontalHeader()->setStretchLastSection(true);
    m_view->setItemDelegateForColumn(RuleModel::Match, new MatchDelegate(this));
    m_view->setItemDelegateForColumn(RuleModel::Weights, new SideDelegate(namesOf(quant::allWeightFormats()), this));
    m_view->setItemDelegateForColumn(RuleModel::Activations,
                                     new SideDelegate(namesOf(quant::allActivationFormats()), this));
    const int letter = m_view->fontMetrics().averageCharWidth();
    const int widths[] = {26, 11, 11, 11, 22, 30};
    for (int column = 0; column < int(std::size(widths)); ++column) // titles are longer in other languages
        m_view->setColumnWidth(column,
                               std::max(letter * widths[column], m_view->horizontalHeader()->sectionSizeHint(column)));
    m_view->installEventFilter(this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_view, 1);
    column->addLayout(new QHBoxLayout);
    setFocusProxy(m_view);
}

QPushButton* RuleTable::addButton(const char* name, const QString& text, const QString& tip) {
    auto* button = new QPushButton(text, this);
    button->setObjectName(QLatin1String(name));
    button->setAccessibleName(tr("%1 rule").arg(text));
    button->setToolTip(tip);
    static_cast<QHBoxLayout*>(layout()->itemAt(1)->layout())->addWidget(button);
    return button;
}

void RuleTable::setRules(const std::vector<quant::Rule>& rules, const ldm::ModelInfo& model) {
    if (m_fingerprint != model.fingerprint) {
        m_fingerprint = model.fingerprint;
        static_cast<MatchDelegate*>(m_view->itemDelegateForColumn(RuleModel::Match))->setNames(matchableNames(model));
        m_firstBlock = model.blocks.empty() ? QString() : QString::fromStdString(model.blocks.front().id);
    }
    m_model->setRules(rules, model);
    enableButtons();
}

void RuleTable::addRule() {
    quant::Rule rule;
    rule.match = (m_newMatch.isEmpty() ? m_firstBlock : m_newMatch).toStdString();
    rule.weights = quant::WeightFormat::Fp16;
    rule.activations = quant::ActivationFormat::Fp16;
    const int current = m_view->currentIndex().row();
    m_model->insert(current, rule);
    const int added = current < 0 ? m_model->rowCount() - 1 : current + 1;
    const QModelIndex index = m_model->index(added, RuleModel::Match);
    m_view->setCurrentIndex(index);
    m_view->edit(index);
}

void RuleTable::deleteSelected() {
    QList<int> rows;
    for (const QModelIndex& index : m_view->selectionModel()->selectedRows()) rows << index.row();
    m_model->remove(rows);
}

void RuleTable::moveCurrent(int by) {
    const QModelIndex index = m_view->currentIndex();
    if (!index.isValid()) return;
    m_model->move(index.row(), by);
    const QModelIndex target = index.siblingAtRow(index.row() + by);
    if (target.isValid()) m_view->setCurrentIndex(target);
}

void RuleTable::enableButtons() {
    const int row = m_view->currentIndex().row();
    m_add->setEnabled(!m_firstBlock.isEmpty());
    m_delete->setEnabled(m_view->selectionModel()->hasSelection());
    m_up->setEnabled(row > 0);
    m_down->setEnabled(row >= 0 && row + 1 < m_model->rowCount());
}

bool RuleTable::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_view || event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool isAlt = key->modifiers().testFlag(Qt::AltModifier);
    if (key->key() == Qt::Key_Insert)
        addRule();
    else if (key->key() == Qt::Key_Delete)
        deleteSelected();
    else if (isAlt && (key->key() == Qt::Key_Up || key->key() == Qt::Key_Down))
        moveCurrent(key->key() == Qt::Key_Up ? -1 : 1);
    else
        return QWidget::eventFilter(watched, event);
    return true;
}

} // namespace app::windows
