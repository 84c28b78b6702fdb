(* Realisation P for all sizes: entries are tokens, average-hard heads over one-hot positions route them. *)

Set Warnings "-notation-overridden,-ambiguous-paths,-elpi.typecheck".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* ---- average-hard attention ---- *)
Section Hard.
Variables (F : realFieldType) (N : nat).

(* the weights of a row: equal for all keys with the largest score, 0 for the others *)
Definition hardmax (S : 'M[F]_N) : 'M[F]_N :=
  \matrix_(i, j) ([forall k, S i k <= S i j]%:R / \sum_l [forall k, S i k <= S i l]%:R).

(* what a head brings to every position; W_O then adds it to a slot *)
Definition hard_head D r (Q K : 'M[F]_(D, r)) (V : 'cV[F]_D) (H : 'M[F]_(N, D)) : 'cV[F]_N :=
  hardmax ((H *m Q) *m (H *m K)^T) *m (H *m V).

Lemma hardmax_mean (S : 'M[F]_N) (v : 'cV[F]_N) q (best : pred 'I_N) :
  (forall k, [forall l, S q l <= S q k] = best k) ->
  (hardmax S *m v) q 0 = (\sum_(k | best k) v k 0) / (\sum_(k | best k) 1).
Proof.
move=> bestE; rewrite mxE [in RHS]big_mkcond mulr_suml; apply: eq_bigr => k _.
rewrite mxE bestE; have -> : \sum_l [forall k, S q k <= S q l]%:R = \sum_(l | best l) 1 :> F.
  by rewrite [RHS]big_mkcond; apply: eq_bigr => l _; rewrite bestE; case: (best l).
by case: (best k); rewrite ?mul0r // mul1r mulrC.
Qed.
End Hard.

(* ---- tokens: a one-hot position beside D scalar slots; the last position is the sink ---- *)
Section Fetch.
Variables (F : realFieldType) (M D g : nat).
Notation N := M.+1.
Definition tokens (S : 'M[F]_(N, D)) : 'M[F]_(N, N + D) := row_mx 1%:M S.
Definition sink : 'I_N := ord_max.

(* a query is the unit vector of its group, a key the sum of those of the groups that want it, the sink's key 1/2 each *)
Variables (asks : 'I_N -> 'I_g.+1) (wanted : 'I_g.+1 -> pred 'I_N).
Definition W_Q : 'M[F]_(N + D, g.+1) := col_mx (\matrix_(q, a) (a == asks q)%:R) 0.
Definition W_K : 'M[F]_(N + D, g.+1) :=
  col_mx (\matrix_(k, a) (if k == sink then 2%:R^-1 else (wanted a k)%:R)) 0.

Lemma scoreE (S : 'M[F]_(N, D)) q k : ((tokens S *m W_Q) *m (tokens S *m W_K)^T) q k
  = if k == sink then 2%:R^-1 else (wanted (asks q) k)%:R.
Proof.
rewrite /tokens /W_Q /W_K !mul_row_col !mul1mx !mulmx0 !addr0 mxE (bigD1 (asks q)) //=.
rewrite !mxE eqxx mul1r big1 ?addr0 // => a /negbTE ne.
by rewrite !mxE ne mul0r.
Qed.

Hypothesis sink_free : forall a, wanted a sink = false.

(* a query gets the mean of what it wants, or the value of the sink where nothing is wanted *)
Theorem fetch S V q : hard_head W_Q W_K V (tokens S) q 0
  = if [exists k, wanted (asks q) k]
    then (\sum_(k | wanted (asks q) k) (tokens S *m V) k 0) / (\sum_(k | wanted (asks q) k) 1)
    else (tokens S *m V) sink 0.
Proof.
have half0 : 0 < 2%:R^-1 :> F by rewrite invr_gt0 ltr0n.
have half1 : 2%:R^-1 < 1 :> F by rewrite invf_lt1 ?ltr0n ?ltr1n.
case: existsP => [[k0 wk0]|none]; rewrite /hard_head.
  apply: hardmax_mean => k; apply/forallP/idP => [|wk l]; rewrite ?scoreE.
    move/(_ k0); rewrite !scoreE.
    have /negbTE-> : k0 != sink by apply: contraTneq wk0 => ->; rewrite sink_free.
    rewrite wk0; case: (k == sink); first by rewrite leNgt half1.
    by case: (wanted _ k) => //; rewrite ler10.
  have /negbTE-> : k != sink by apply: contraTneq wk => ->; rewrite sink_free.
  by rewrite wk; case: (l == sink); [apply: ltW | case: (wanted _ l); rewrite ?ler01].
rewrite (@hardmax_mean _ _ _ _ _ (pred1 sink)) ?big_pred1_eq ?divr1 // => k.
have nope l : wanted (asks q) l = false by apply/negP => w; apply: none; exists l.
apply/forallP/eqP => [/(_ sink)|-> l]; rewrite !scoreE eqxx ?nope.
  by case: eqP => // _; rewrite leNgt half0.
by case: (l == sink); rewrite // ltW.
Qed.
End Fetch.

(* ---- matrices in row-major order: entry (i, j) of an m x n matrix at position s + i n + j, before the sink ---- *)
Section Regions.
Variables (F : realFieldType) (M : nat).
Notation N := M.+1.
Definition place (s n i j : nat) : 'I_N := inord (s + (i * n + j)).

(* a position in the region of an m x n matrix, and the row and column of its entry *)
Definition inside (s m n : nat) (p : 'I_N) := (s <= p < s + m * n)%N.
Definition row_of (s n : nat) (p : 'I_N) := ((p - s) %/ n)%N.
Definition col_of (s n : nat) (p : 'I_N) := ((p - s) %% n)%N.

Section One.
Variables (s m n : nat).
Hypothesis fits : (s + m * n <= M)%N.

Lemma index_lt (i : 'I_m) (j : 'I_n) : (i * n + j < m * n)%N.
Proof. by apply: (@leq_trans (i.+1 * n)); [rewrite mulSn addnC ltn_add2r | rewrite leq_mul2r ltn_ord orbT]. Qed.

Lemma placeE (i : 'I_m) (j : 'I_n) : place s n i j = (s + (i * n + j))%N :> nat.
Proof. by rewrite inordK // ltnS (leq_trans _ fits) // leq_add2l ltnW // index_lt. Qed.

Lemma inside_place (i : 'I_m) (j : 'I_n) : inside s m n (place s n i j).
Proof. by rewrite /inside placeE leq_addr ltn_add2l index_lt. Qed.
Lemma row_place (i : 'I_m) (j : 'I_n) : row_of s n (place s n i j) = i.
Proof. by rewrite /row_of placeE addKn divnMDl ?divn_small ?addn0 //; case: (n) j => [[]|]. Qed.
Lemma col_place (i : 'I_m) (j : 'I_n) : col_of s n (place s n i j) = j.
Proof. by rewrite /col_of placeE addKn modnMDl modn_small. Qed.

Lemma sink_outside : inside s m n (@sink M) = false.
Proof. by rewrite /inside /= ltnNge fits andbF. Qed.

Lemma inside_ex p : inside s m n p -> exists i : 'I_m, exists j : 'I_n, p = place s n i j.
Proof.
case/andP=> les ltp; have lt : (p - s < m * n)%N by rewrite ltn_subLR.
have n0 : (0 < n)%N by case: (n) lt => //; rewrite muln0.
have lti : ((p - s) %/ n < m)%N by rewrite ltn_divLR.
exists (Ordinal lti); exists (Ordinal (ltn_pmod (p - s) n0)); apply/ord_inj.
by rewrite (placeE (Ordinal lti) (Ordinal (ltn_pmod (p - s) n0))) /= -divn_eq subnKC.
Qed.

(* a sum over the positions of a matrix is a sum over its entries *)
Lemma sum_inside (rel : nat -> nat -> bool) (v : 'I_N -> F) :
  \sum_(p | inside s m n p && rel (row_of s n p) (col_of s n p)) v p
  = \sum_(i < m) \sum_(j < n | rel i j) v (place s n i j).
Proof.
transitivity (\sum_p \sum_(t : 'I_m * 'I_n | rel t.1 t.2 && (p == place s n t.1 t.2)) v p).
  rewrite big_mkcond; apply: eq_bigr => p _; case: ifP => [/andP[ins r]|out].
    have [i [j pE]] := inside_ex ins; rewrite (big_pred1 (i, j)) // => -[i' j'] /=.
    apply/andP/eqP => [[_ /eqP]|[-> ->]]; last by rewrite pE row_place col_place in r *.
    rewrite pE => same; congr (_, _); apply/val_inj; rewrite /=.
      by rewrite -(row_place i' j') -same row_place.
    by rewrite -(col_place i' j') -same col_place.
  rewrite big_pred0 // => -[i' j'] /=; apply/negP => /andP[r /eqP pE].
  by rewrite pE inside_place row_place col_place r in out.
rewrite (exchange_big_dep (fun t : 'I_m * 'I_n => rel t.1 t.2)) /=; last by move=> p t _ /andP[].
rewrite [RHS]pair_big_dep; apply: eq_bigr => t rt /=.
by rewrite (big_pred1 (place s n t.1 t.2)) // => p; rewrite rt.
Qed.
End One.
End Regions.

(* ---- one head from an m x n matrix at s to positions of a rows x cols result at 0, chosen by position only ---- *)
Section Routes.
Variables (F : realFieldType) (M D : nat).
Notation N := M.+1.
Variables (s m n rows cols g : nat) (group : nat -> nat -> nat) (wish : nat -> nat -> nat -> bool).
Hypothesis fits : (s + m * n <= M)%N.
Hypothesis result_fits : (0 + rows * cols <= M)%N.

Definition asks (q : 'I_N) : 'I_g.+1 :=
  inord (if inside 0 rows cols q then group (row_of 0 cols q) (col_of 0 cols q) else g).
Definition wanted (a : 'I_g.+1) : pred 'I_N := fun k =>
  (inside s m n k && ((a < g)%N && wish a (row_of s n k) (col_of s n k))).
Definition route (V : 'cV[F]_(N + D)) (S : 'M[F]_(N, D)) (q : 'I_N) : F :=
  hard_head (W_Q F D asks) (W_K F D wanted) V (tokens S) q 0.

Lemma wanted_sink a : wanted a (sink M) = false.
Proof. by rewrite /wanted sink_outside. Qed.

(* a position outside the result gets what the sink holds *)
Lemma route_outside V S q : ~~ inside 0 rows cols q -> route V S q = (tokens S *m V) (sink M) 0.
Proof.
move=> out; rewrite /route fetch; last exact: wanted_sink.
case: existsP => // -[k]; rewrite /wanted /asks (negbTE out) inordK // ltnn !andbF //.
Qed.

(* it sees nothing but what its W_V reads *)
Lemma route_same V S T q :
  (forall p, (tokens S *m V) p 0 = (tokens T *m V) p 0) -> route V S q = route V T q.
Proof.
move=> same; rewrite /route !fetch; try exact: wanted_sink.
by case: ifP => // _; rewrite (eq_bigr _ (fun p _ => same p)).
Qed.

Variables (i : 'I_rows) (j : 'I_cols).
Hypothesis small : (group i j < g)%N.
Notation here := (place M 0 cols i j).

Lemma asks_place : asks here = group i j :> nat.
Proof. by rewrite /asks inside_place // row_place // col_place // inordK // ltnW. Qed.

(* a position of the result gets the mean of what it wishes for *)
Lemma route_mean V S (i0 : 'I_m) (j0 : 'I_n) : wish (group i j) i0 j0 ->
  route V S here = (\sum_(a < m) \sum_(b < n | wish (group i j) a b) (tokens S *m V) (place M s n a b) 0)
                   / (\sum_(a < m) \sum_(b < n | wish (group i j) a b) 1).
Proof.
move=> w0; rewrite /route fetch; last exact: wanted_sink.
case: existsP => [_|[]]; last first.
  exists (place M s n i0 j0).
  by rewrite /wanted inside_place // row_place // col_place // asks_place small w0.
have same k : wanted (asks here) k = inside s m n k && wish (group i j) (row_of s n k) (col_of s n k).
  by rewrite /wanted asks_place small.
rewrite !(eq_bigl _ _ same).
by rewrite -(sum_inside fits _ (fun k => (tokens S *m V) k 0)) -(sum_inside fits _ (fun=> 1)).
Qed.

(* a position that wishes for one entry gets it *)
Lemma route_one V S (i0 : 'I_m) (j0 : 'I_n) :
  (forall (a : 'I_m) (b : 'I_n), wish (group i j) a b = (a == i0) && (b == j0)) ->
  route V S here = (tokens S *m V) (place M s n i0 j0) 0.
Proof.
move=> one; rewrite (@route_mean _ _ i0 j0) ?one ?eqxx //.
have pick (v : 'I_m -> 'I_n -> F) :
    \sum_(a < m) \sum_(b < n | wish (group i j) a b) v a b = v i0 j0.
  under eq_bigr do rewrite (eq_bigl _ _ (one _)).
  rewrite (bigD1 i0) //= [X in _ + X]big1 ?addr0 => [|a ne]; last by rewrite big_pred0 // => b; rewrite (negbTE ne).
  by rewrite (big_pred1 j0) // => b; rewrite eqxx.
by rewrite !pick divr1.
Qed.
End Routes.

Section Pieces.
Variables (F : realFieldType) (M D : nat).
Notation N := M.+1.
Implicit Types S : 'M[F]_(N, D).

(* the column of W_V that reads a slot *)
Definition slot (c : 'I_D) : 'cV[F]_(N + D) := col_mx 0 (delta_mx c 0).
Lemma slotE S c k : (tokens S *m slot c) k 0 = S k c.
Proof.
rewrite /tokens /slot mul_row_col mulmx0 add0r mxE (bigD1 c) //= mxE !eqxx mulr1.
by rewrite big1 ?addr0 // => a /negbTE ne; rewrite mxE ne mulr0.
Qed.

(* a slot holds a matrix in row-major order from position s on *)
Definition holds S c s m n (X : 'M[F]_(m, n)) := forall (i : 'I_m) (j : 'I_n), S (place M s n i j) c = X i j.

(* two square units multiply *)
Definition times (a b : F) : F := ((a + b) ^+ 2 - (a - b) ^+ 2) / 4%:R.
Lemma timesE a b : times a b = a * b.
Proof. by rewrite /times; field. Qed.

(* ---- transposition: one head ---- *)
Section Transposition.
Variables (s r c : nat) (source : 'I_D).
Hypothesis fits : (s + r * c <= M)%N.
Hypothesis result_fits : (0 + c * r <= M)%N.
Definition transposed S (q : 'I_N) : F :=
  route s r c c r (c * r) (fun i j => i * r + j)%N (fun a i j => a == j * r + i)%N (slot source) S q.

Theorem transposition S (X : 'M[F]_(r, c)) : holds S source s X ->
  forall (i : 'I_c) (j : 'I_r), transposed S (place M 0 r i j) = X^T i j.
Proof.
move=> X_is i j; rewrite mxE -X_is -(slotE S); apply: route_one => // [|a b].
  exact: index_lt.
apply/eqP/andP => [same|[/eqP-> /eqP->] //].
have r0 : (0 < r)%N := leq_ltn_trans (leq0n _) (ltn_ord j).
split; apply/eqP/ord_inj.
  by have := congr1 (modn^~ r) same; rewrite !modnMDl !modn_small.
by have := congr1 (divn^~ r) same; rewrite !divnMDl // !divn_small // !addn0.
Qed.
Theorem transposition_outside S q : S (sink M) source = 0 -> ~~ inside 0 c r q -> transposed S q = 0.
Proof. by move=> z out; rewrite /transposed route_outside // slotE. Qed.
End Transposition.

(* ---- product: for every t one head brings a_it and one brings b_tj to position (i, j) ---- *)
Section Product.
Variables (sa sb m k n : nat) (source_a source_b : 'I_D).
Hypothesis fits_a : (sa + m * k <= M)%N.
Hypothesis fits_b : (sb + k * n <= M)%N.
Hypothesis result_fits : (0 + m * n <= M)%N.
Definition left_head (t : nat) S (q : 'I_N) : F :=
  route sa m k m n m (fun i _ => i) (fun a i j => (i == a) && (j == t)) (slot source_a) S q.
Definition right_head (t : nat) S (q : 'I_N) : F :=
  route sb k n m n n (fun _ j => j) (fun a i j => (i == t) && (j == a)) (slot source_b) S q.
(* wide: all t in one layer *)
Definition wide S (q : 'I_N) : F := \sum_(t < k) times (left_head t S q) (right_head t S q).

Variables (A : 'M[F]_(m, k)) (B : 'M[F]_(k, n)).
Lemma left_headE S (t : 'I_k) (i : 'I_m) (j : 'I_n) :
  holds S source_a sa A -> left_head t S (place M 0 n i j) = A i t.
Proof. by move=> A_is; rewrite -A_is -(slotE S); apply: route_one => // a b; rewrite !(inj_eq val_inj). Qed.
Lemma right_headE S (t : 'I_k) (i : 'I_m) (j : 'I_n) :
  holds S source_b sb B -> right_head t S (place M 0 n i j) = B t j.
Proof. by move=> B_is; rewrite -B_is -(slotE S); apply: route_one => // a b; rewrite !(inj_eq val_inj). Qed.

Theorem wide_product S : holds S source_a sa A -> holds S source_b sb B ->
  forall (i : 'I_m) (j : 'I_n), wide S (place M 0 n i j) = (A *m B) i j.
Proof.
move=> A_is B_is i j; rewrite mxE; apply: eq_bigr => t _.
by rewrite timesE (left_headE _ _ _ A_is) (right_headE _ _ _ B_is).
Qed.
Theorem wide_product_outside S q : S (sink M) source_a = 0 -> ~~ inside 0 m n q -> wide S q = 0.
Proof.
move=> z out; rewrite /wide big1 // => t _.
by rewrite timesE /left_head route_outside // slotE z mul0r.
Qed.

(* narrow: one t a layer, in the same two operand slots, which two units clear at the end of the layer *)
Variables (left right out : 'I_D).
Definition narrow_layer S (t : nat) : 'M[F]_(N, D) := \matrix_(p, c)
  let a := S p left + left_head t S p in
  let b := S p right + right_head t S p in
  if c == out then S p c + times a b
  else if c == left then a - a else if c == right then b - b else S p c.
Lemma narrow_layerE S t p c : narrow_layer S t p c =
  if c == out then S p c + times (S p left + left_head t S p) (S p right + right_head t S p)
  else if c == left then 0 else if c == right then 0 else S p c.
Proof. by rewrite [LHS]mxE /= !subrr. Qed.
Definition narrow S := foldl narrow_layer S (iota 0 k).

Hypothesis apart : uniq [:: source_a; source_b; left; right; out].

Lemma narrow_steps S u : (u <= k)%N ->
  (forall p, [/\ S p left = 0, S p right = 0 & S p out = 0]) ->
  let T := foldl narrow_layer S (iota 0 u) in
  (forall p, [/\ T p left = 0, T p right = 0 & T p out = \sum_(t < u) left_head t S p * right_head t S p])
  /\ (forall p, T p source_a = S p source_a /\ T p source_b = S p source_b).
Proof.
move=> lek clear; elim: u lek => [_|u ih lek]; first by split=> // p; rewrite big_ord0.
have {ih} [work kept] := ih (ltnW lek).
have -> : iota 0 u.+1 = rcons (iota 0 u) u by rewrite -cats1 -addn1 iotaD.
rewrite foldl_rcons /=; set T := foldl _ _ _ in work kept *.
have sameL p : left_head u T p = left_head u S p.
  by apply: route_same => // q; rewrite !slotE; case: (kept q).
have sameR p : right_head u T p = right_head u S p.
  by apply: route_same => // q; rewrite !slotE; case: (kept q).
move: apart; rewrite /= !inE !negb_or.
case/and5P=> /and4P[ab al ar ao] /and3P[bl br bo] /andP[lr lo] ro _.
split=> p; last first.
  rewrite !narrow_layerE (negbTE ao) (negbTE al) (negbTE ar) (negbTE bo) (negbTE bl) (negbTE br).
  exact: kept.
rewrite !narrow_layerE !eqxx (negbTE lo) (negbTE ro) [right == left]eq_sym (negbTE lr).
by case: (work p) => -> -> ->; rewrite !add0r timesE sameL sameR big_ord_recr.
Qed.

Theorem narrow_product S : holds S source_a sa A -> holds S source_b sb B ->
  (forall p, [/\ S p left = 0, S p right = 0 & S p out = 0]) ->
  forall (i : 'I_m) (j : 'I_n), narrow S (place M 0 n i j) out = (A *m B) i j.
Proof.
move=> A_is B_is clear i j; have [/(_ (place M 0 n i j))[_ _ ->] _] := narrow_steps (leqnn k) clear.
by rewrite mxE; apply: eq_bigr => t _; rewrite (left_headE _ _ _ A_is) (right_headE _ _ _ B_is).
Qed.
Theorem narrow_product_clears S p : (forall p, [/\ S p left = 0, S p right = 0 & S p out = 0]) ->
  narrow S p left = 0 /\ narrow S p right = 0.
Proof. by move=> clear; have [/(_ p)[]] := narrow_steps (leqnn k) clear. Qed.
Theorem narrow_product_outside S q : S (sink M) source_a = 0 -> ~~ inside 0 m n q ->
  (forall p, [/\ S p left = 0, S p right = 0 & S p out = 0]) -> narrow S q out = 0.
Proof.
move=> z away clear; have [/(_ q)[_ _ ->] _] := narrow_steps (leqnn k) clear.
by rewrite big1 // => t _; rewrite /left_head route_outside // slotE z mul0r.
Qed.
End Product.

(* ---- row softmax: exp; mean over the own row and one over its sum; product ---- *)
Section RowSoftmax.
Variables (e : F -> F) (r c : nat) (powers : 'I_D).
Hypothesis fits : (0 + r * c <= M)%N.
(* 1 where there is no entry, read off the one-hot position *)
Definition flag (p : 'I_N) : F := (r * c <= p)%:R.
Definition flagged : 'cV[F]_(N + D) := col_mx (\col_p - flag p) (delta_mx powers 0).
Definition row_mean S (q : 'I_N) : F :=
  route 0 r c r c r (fun i _ => i) (fun a i j => i == a) flagged S q.
Definition inverse S (q : 'I_N) : F := (c%:R * row_mean S q + flag q)^-1.
Definition weights S (q : 'I_N) : F := times (S q powers) (inverse S q).

Lemma flaggedE S k : (tokens S *m flagged) k 0 = S k powers - flag k.
Proof.
have := slotE S powers k; rewrite /tokens /slot /flagged !mul_row_col mulmx0 add0r mul1mx => sE.
by rewrite mxE sE mxE addrC.
Qed.
Lemma flag_place (i : 'I_r) (j : 'I_c) : flag (place M 0 c i j) = 0.
Proof. by rewrite /flag placeE // leqNgt add0n index_lt. Qed.

Lemma row_meanE S (X : 'M[F]_(r, c)) (i : 'I_r) (j : 'I_c) :
  (forall (a : 'I_r) (b : 'I_c), S (place M 0 c a b) powers = e (X a b)) ->
  c%:R * row_mean S (place M 0 c i j) = \sum_b e (X i b).
Proof.
move=> pow; rewrite /row_mean (@route_mean _ _ _ _ _ _ _ _ _ _ _ fits fits i j _ _ _ i j) //.
have pick (v : 'I_r -> 'I_c -> F) :
    \sum_(a < r) \sum_(b < c | (a == i :> nat)) v a b = \sum_b v i b.
  rewrite (bigD1 i) //= [X in _ + X]big1 ?addr0 => [|a ne].
    by apply: eq_bigl => b; rewrite eqxx.
  by rewrite big_pred0 // => b; apply/negbTE.
rewrite !pick sumr_const card_ord -[1 *+ c]/(c%:R) mulrC divfK.
  by apply: eq_bigr => b _; rewrite flaggedE pow flag_place subr0.
by rewrite pnatr_eq0; case: (c) j => [[]|].
Qed.

(* powers: what the exp unit of the layer before wrote, at every position *)
Theorem row_softmax S (X : 'M[F]_(r, c)) :
  (forall (a : 'I_r) (b : 'I_c), S (place M 0 c a b) powers = e (X a b)) ->
  forall (i : 'I_r) (j : 'I_c), weights S (place M 0 c i j) = e (X i j) / \sum_b e (X i b).
Proof.
by move=> pow i j; rewrite /weights timesE /inverse (row_meanE i j pow) flag_place addr0 pow.
Qed.

(* the reciprocal unit never meets 0: where e is positive, and e 0 = 1 is written where there is no entry *)
Theorem row_softmax_defined S (X : 'M[F]_(r, c)) q : (forall x, 0 < e x) ->
  (forall (a : 'I_r) (b : 'I_c), S (place M 0 c a b) powers = e (X a b)) -> S (sink M) powers = 1 ->
  0 < c%:R * row_mean S q + flag q.
Proof.
move=> e0 pow one; case: (boolP (inside 0 r c q)) => [/(inside_ex fits)[i [j ->]]|out].
  rewrite (row_meanE i j pow) flag_place addr0 (bigD1 j) //= ltr_paddr // sumr_ge0 // => b _.
  exact: ltW.
have big : flag q = 1 by move: out; rewrite /flag /inside leq0n /= add0n -leqNgt => ->.
have last : flag (sink M) = 1 by rewrite /flag /sink /= -(add0n (r * c)%N) fits.
by rewrite /row_mean route_outside // flaggedE one big last subrr mulr0 add0r ltr01.
Qed.
End RowSoftmax.
End Pieces.
